/** The Runs panel, a side panel of JupyterLab. */
import type { ITranslator } from '@jupyterlab/translation';
import {
  ReactWidget,
  refreshIcon,
  SidePanel,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';
import React from 'react';

import type { RunsModel } from './model';
import { runsIcon } from './icons';
import { RunsView } from './view';
import type { IRunsViewProps } from './view';

export const PANEL_ID = 'mlops-runs';

export class RunsPanel extends SidePanel {
  constructor(
    options: Omit<IRunsViewProps, 'trans'> & { translator: ITranslator }
  ) {
    const { translator, ...props } = options;
    super({ translator, content: new Panel() });
    const trans = translator.load('mlops_ext');
    this.model = props.model;
    this.id = PANEL_ID;
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs');
    this.addClass('mlops-SidePanel');
    this.addClass('mlops-Runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs'));
    this.header.addWidget(
      header(trans.__('Runs'), trans.__('Look for new runs'), () => {
        void props.model.list.refresh();
        void props.api.runs.start();
      })
    );
    const body = ReactWidget.create(<RunsView {...props} trans={trans} />);
    body.addClass('mlops-SidePanel-body');
    body.addClass('mlops-Runs-body');
    this.content.addWidget(body);
  }

  readonly model: RunsModel;

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }
}

function header(
  title: string,
  refresh: string,
  onRefresh: () => void
): ReactWidget {
  const widget = ReactWidget.create(
    <>
      <h2>{title}</h2>
      <ToolbarButtonComponent
        icon={refreshIcon}
        tooltip={refresh}
        onClick={onRefresh}
      />
    </>
  );
  widget.addClass('mlops-SidePanel-title');
  return widget;
}
