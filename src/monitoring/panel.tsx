/** The Monitoring panel, a side panel of JupyterLab. */
import type { ITranslator } from '@jupyterlab/translation';
import {
  addIcon,
  ReactWidget,
  refreshIcon,
  SidePanel,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import React from 'react';

import type { MonitorActions } from './actions';
import { monitoringIcon } from './icons';
import { MonitoringView } from './view';
import type { IMonitoringViewProps } from './view';

export const PANEL_ID = 'mlops-monitoring';

export class MonitoringPanel extends SidePanel {
  constructor(
    options: Omit<IMonitoringViewProps, 'trans'> & { translator: ITranslator }
  ) {
    const { translator, ...props } = options;
    super({ translator, content: new Panel() });
    const trans = translator.load('mlops_ext');
    this._actions = props.actions;
    this.id = PANEL_ID;
    this.title.icon = monitoringIcon;
    this.title.caption = trans.__('Monitoring');
    this.addClass('mlops-SidePanel');
    this.addClass('mlops-Monitoring');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Monitoring'));
    const header = ReactWidget.create(
      <>
        <h2>{trans.__('Monitoring')}</h2>
        <span className="mlops-Monitoring-tools">
          <ToolbarButtonComponent
            icon={addIcon}
            tooltip={trans.__('New monitor')}
            onClick={() => void props.actions.create()}
          />
          <ToolbarButtonComponent
            icon={refreshIcon}
            tooltip={trans.__('Look for new evaluations')}
            onClick={() => this._refresh()}
          />
        </span>
      </>
    );
    header.addClass('mlops-SidePanel-title');
    this.header.addWidget(header);
    const body = ReactWidget.create(
      <MonitoringView {...props} trans={trans} />
    );
    body.addClass('mlops-SidePanel-body');
    this.content.addWidget(body);
  }

  /** The command line evaluates too. */
  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._refresh();
  }

  private _refresh(): void {
    this._actions.store.refresh().catch(() => {
      // It is told in the panel.
    });
  }

  private readonly _actions: MonitorActions;
}
