/** A pipeline as a document of JupyterLab: tab, toolbar, and the screen in it. */
import type { IStateDB } from '@jupyterlab/statedb';
import { ABCWidgetFactory, DocumentWidget } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Drag } from '@lumino/dragdrop';
import type { Message } from '@lumino/messaging';
import React from 'react';

import type { IMlopsApi } from '../api/tokens';
import { pipelineIcon } from '../ui/icons';
import { dragOver, dropFiles } from './drop';
import type { PipelineModel } from './model';
import { fetchParts } from './parts';
import { PipelineSession } from './session';
import { Shell } from './shell';
import type { ShellTools } from './tools';

/** The screen below the toolbar. */
export class PipelineView extends ReactWidget {
  constructor(
    readonly session: PipelineSession,
    private readonly tools: ShellTools
  ) {
    super();
    this.addClass('mlops-PipelineView');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.session.dispose();
      super.dispose();
    }
  }

  /** Files dragged from the file browser arrive as Lumino's own events. */
  handleEvent(event: Event): void {
    const drag = event as Drag.Event;
    const canvas = this.node.querySelector('.mlops-Shell-canvas');
    const isOver =
      event.type !== 'lm-dragleave' &&
      event.type !== 'lm-drop' &&
      dragOver(this.session, drag, canvas);
    canvas?.classList.toggle('mlops-mod-dropTarget', isOver);
    if (event.type === 'lm-drop') {
      dropFiles(this.session, drag, canvas);
    }
  }

  protected override render(): React.JSX.Element {
    return React.createElement(Shell, {
      session: this.session,
      tools: this.tools
    });
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    for (const type of EVENTS) {
      this.node.addEventListener(type, this, true);
    }
  }

  protected override onBeforeDetach(msg: Message): void {
    for (const type of EVENTS) {
      this.node.removeEventListener(type, this, true);
    }
    super.onBeforeDetach(msg);
  }

  /** The keyboard goes to the canvas, where the shortcuts are. */
  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    if (this.node.contains(document.activeElement)) {
      return;
    }
    if (this.session.canvas) {
      this.session.focus();
    } else {
      // Until there is a canvas; it takes the keyboard from here.
      this.node.tabIndex = -1;
      this.node.focus();
    }
  }

  /** A screen on which nothing is shown looks for fixes when it is shown again. */
  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    if (this.session.model.unreadable) {
      void this.session.reload();
    } else {
      this.session.plan.look();
    }
  }
}

const EVENTS = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];

export class PipelineDocumentWidget extends DocumentWidget<
  PipelineView,
  PipelineModel
> {
  constructor(options: DocumentWidget.IOptions<PipelineView, PipelineModel>) {
    super(options);
    this.addClass('mlops-Pipeline');
    this.title.icon = pipelineIcon;
  }

  get session(): PipelineSession {
    return this.content.session;
  }
}

/** Makes the widgets of opened pipelines. */
export class PipelineWidgetFactory extends ABCWidgetFactory<
  PipelineDocumentWidget,
  PipelineModel
> {
  constructor(private readonly options: PipelineWidgetFactory.IOptions) {
    super(options);
  }

  protected override createNewWidget(
    context: DocumentRegistry.IContext<PipelineModel>
  ): PipelineDocumentWidget {
    fetchParts();
    const { api, db, trans, tools } = this.options;
    const session = new PipelineSession({ context, api, db, trans });
    return new PipelineDocumentWidget({
      context,
      content: new PipelineView(session, tools),
      translator: this.translator
    });
  }
}

export namespace PipelineWidgetFactory {
  export interface IOptions extends DocumentRegistry.IWidgetFactoryOptions<PipelineDocumentWidget> {
    api: IMlopsApi;
    db: IStateDB | null;
    trans: TranslationBundle;
    tools: ShellTools;
  }
}
