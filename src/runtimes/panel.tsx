/** The Runtimes panel, a side panel of JupyterLab. */
import type { ITranslator } from '@jupyterlab/translation';
import {
  addIcon,
  LabIcon,
  ReactWidget,
  SidePanel,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import React from 'react';

import { add, RuntimesView } from './view';
import type { IRuntimesViewProps } from './view';

export const PANEL_ID = 'mlops-runtimes';

/** Two machines, one above the other. */
export const runtimesIcon = new LabIcon({
  name: 'mlops-ext:runtimes',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M2.5 2h11A1.5 1.5 0 0 1 15 3.5v2A1.5 1.5 0 0 1 13.500 7h-11A1.5 1.5 0 0 1 1 5.500v-2A1.5 1.5 0 0 1 2.500 2zm0 1.400v2.200h11V3.400zM2.500 9h11a1.500 1.500 0 0 1 1.500 1.500v2a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 1 12.500v-2A1.500 1.500 0 0 1 2.500 9zm0 1.400v2.200h11v-2.200zM4 3.900h1.200v1.200H4zm0 7h1.200v1.200H4zm2.500-7H11v1.200H6.500zm0 7H11v1.200H6.500z"/></svg>'
});

export class RuntimesPanel extends SidePanel {
  constructor(options: IRuntimesViewProps & { translator: ITranslator }) {
    const { translator, ...props } = options;
    super({ translator, content: new Panel() });
    const trans = translator.load('mlops_ext');
    this._model = props.model;
    this.id = PANEL_ID;
    this.title.icon = runtimesIcon;
    this.title.caption = trans.__('Runtimes');
    this.addClass('mlops-SidePanel');
    this.addClass('mlops-Runtimes');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runtimes'));
    const header = ReactWidget.create(
      <>
        <h2>{trans.__('Runtimes')}</h2>
        <ToolbarButtonComponent
          icon={addIcon}
          tooltip={trans.__('Add an Airflow')}
          onClick={() => void add(props.model)}
        />
      </>
    );
    header.addClass('mlops-SidePanel-title');
    this.header.addWidget(header);
    const body = ReactWidget.create(<RuntimesView {...props} />);
    body.addClass('mlops-SidePanel-body');
    this.content.addWidget(body);
  }

  /** The command line adds runtimes too. */
  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._model.api.runtimes.refresh();
  }

  private readonly _model: IRuntimesViewProps['model'];
}
