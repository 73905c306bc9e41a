/** The open pipelines, and which of them a command is meant for. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { PipelineSession } from './session';
import type { PipelineDocumentWidget } from './widget';

export type Args = ReadonlyPartialJSONObject;

export class Sessions {
  constructor(
    readonly tracker: WidgetTracker<PipelineDocumentWidget>,
    private readonly shell: JupyterFrontEnd.IShell
  ) {}

  /** The pipeline named by `path` in a command's arguments, else the current. */
  find(args: Args): PipelineSession | null {
    const { path } = args;
    const { currentWidget } = this.tracker;
    if (typeof path === 'string') {
      // Of two views of one pipeline, the one that was used last.
      return currentWidget?.session.path === path
        ? currentWidget.session
        : (this.at(path)?.session ?? null);
    }
    // Without a path it is what one looks at, not what one looked at before.
    return currentWidget !== null && this.shell.currentWidget === currentWidget
      ? currentWidget.session
      : null;
  }

  /** The widget of an open pipeline. */
  at(path: string): PipelineDocumentWidget | null {
    return this.tracker.find(widget => widget.session.path === path) ?? null;
  }
}

/** A text among a command's arguments. */
export function textArg(args: Args, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' ? value : null;
}
