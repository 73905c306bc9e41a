/** A monitor as a document of JupyterLab: tab, toolbar, and the screen in it. */
import { ABCWidgetFactory, DocumentWidget } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { IMlopsApi } from '../api/tokens';
import type { MonitorActions } from './actions';
import type { ChartTools } from './drawnchart';
import { monitorIcon } from './icons';
import { MonitorBar, MonitorScreen } from './monitorview';
import { MonitorSession } from './session';

export class MonitorView extends ReactWidget {
  constructor(
    readonly session: MonitorSession,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('mlops-MonitorView');
    this.node.setAttribute('data-mlops-monitor', session.path);
    session.context.pathChanged.connect(this._onPath, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.session.context.pathChanged.disconnect(this._onPath, this);
      this.session.dispose();
      super.dispose();
    }
  }

  protected override render(): React.JSX.Element {
    return React.createElement(MonitorScreen, {
      session: this.session,
      trans: this._trans
    });
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    if (!this.node.contains(document.activeElement)) {
      this.node.tabIndex = -1;
      this.node.focus();
    }
  }

  private _onPath(): void {
    this.node.setAttribute('data-mlops-monitor', this.session.path);
  }
}

export class MonitorWidget extends DocumentWidget<
  MonitorView,
  DocumentRegistry.ICodeModel
> {
  constructor(
    options: DocumentWidget.IOptions<MonitorView, DocumentRegistry.ICodeModel>,
    trans: TranslationBundle
  ) {
    super(options);
    this.addClass('mlops-MonitorDocument');
    this.title.icon = monitorIcon;
    const bar = ReactWidget.create(
      React.createElement(MonitorBar, { session: this.session, trans })
    );
    this.toolbar.addItem('mlops-monitor', bar);
  }

  get session(): MonitorSession {
    return this.content.session;
  }
}

/** Makes the widgets of opened monitors. */
export class MonitorWidgetFactory extends ABCWidgetFactory<
  MonitorWidget,
  DocumentRegistry.ICodeModel
> {
  constructor(private readonly options: MonitorWidgetFactory.IOptions) {
    super(options);
  }

  protected override createNewWidget(
    context: DocumentRegistry.CodeContext
  ): MonitorWidget {
    const { api, actions, tools, trans } = this.options;
    const session = new MonitorSession({ context, api, actions, tools });
    const content = new MonitorView(session, trans);
    const translator = this.translator;
    return new MonitorWidget({ context, content, translator }, trans);
  }
}

export namespace MonitorWidgetFactory {
  export interface IOptions extends DocumentRegistry.IWidgetFactoryOptions<MonitorWidget> {
    api: IMlopsApi;
    actions: MonitorActions;
    tools: ChartTools;
    trans: TranslationBundle;
  }
}
