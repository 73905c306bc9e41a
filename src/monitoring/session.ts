/** One open monitor: what is shown of it, and what its parts need. */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IMlopsApi } from '../api/tokens';
import type { MonitorActions } from './actions';
import { prepareCharts } from './drawnchart';
import type { ChartTools } from './drawnchart';
import { MonitorDesk } from './desk';
import { MonitorDraft } from './draft';

export type MonitorTab = 'overview' | 'edit';

export class MonitorSession implements IDisposable {
  constructor(options: {
    context: DocumentRegistry.CodeContext;
    api: IMlopsApi;
    actions: MonitorActions;
    tools: ChartTools;
  }) {
    const { context, api } = options;
    this.context = context;
    this.actions = options.actions;
    this.tools = options.tools;
    this.clock = () => api.client.now();
    this.desk = new MonitorDesk(api.monitors, context.path);
    this.draft = new MonitorDraft(context, api.client, api.monitors.client);
    context.pathChanged.connect(this._onPath);
    context.saveState.connect(this._onSave);
    void this.desk.load();
    void prepareCharts(this.tools);
  }

  readonly context: DocumentRegistry.CodeContext;
  readonly actions: MonitorActions;
  readonly tools: ChartTools;
  readonly clock: () => number;
  readonly desk: MonitorDesk;
  readonly draft: MonitorDraft;

  get path(): string {
    return this.context.path;
  }

  get tab(): MonitorTab {
    return this._tab;
  }

  /** Another tab is shown. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.context.pathChanged.disconnect(this._onPath);
      this.context.saveState.disconnect(this._onSave);
      this.desk.dispose();
      this.draft.dispose();
      Signal.clearData(this);
    }
  }

  show(tab: MonitorTab): void {
    this._tab = tab;
    this._changed.emit();
  }

  private readonly _onPath = (): void => {
    this.desk.path = this.context.path;
  };

  private readonly _onSave = (
    _: unknown,
    state: DocumentRegistry.SaveState
  ): void => {
    if (state === 'completed') {
      void this.desk.load();
      void this.desk.store.refresh().catch(() => {
        // It is told in the panel.
      });
    }
  };

  private readonly _changed = new Signal<this, void>(this);
  private _tab: MonitorTab = 'overview';
  private _isDisposed = false;
}
