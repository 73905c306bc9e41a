/** Tells of an alert that has opened while one works on something else. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';

import type { MonitorStore } from '../api/monitors';
import type { Alert } from '../model/monitor';
import { safeLine } from '../ui/safetext';
import { CommandIDs } from './commandids';

export interface IAlertNotifierOptions {
  store: MonitorStore;
  commands: CommandRegistry;
  trans: TranslationBundle;
  /** Where it is shown: JupyterLab's notifications. */
  emit?: typeof Notification.emit;
}

export class AlertNotifier implements IDisposable {
  constructor(private readonly _options: IAlertNotifierOptions) {
    _options.store.changed.connect(this._onChanged);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._options.store.changed.disconnect(this._onChanged);
  }

  private readonly _onChanged = (): void => {
    const { store } = this._options;
    if (!store.isReady) {
      return;
    }
    const before = this._open;
    this._open = new Set(store.open.map(({ id }) => id));
    // What was open when the page was loaded is in the status bar, and no news.
    for (const alert of before ? store.open : []) {
      if (!before?.has(alert.id)) {
        this._tell(alert);
      }
    }
  };

  private _tell(alert: Alert): void {
    const { commands, trans } = this._options;
    const emit = this._options.emit ?? Notification.emit;
    emit(safeLine(`${alert.name}: ${alert.summary}`), 'warning', {
      autoClose: false,
      actions: [
        {
          label: trans.__('Look at it'),
          caption: trans.__('Open the monitor'),
          callback: () =>
            void commands.execute(CommandIDs.open, { path: alert.monitor })
        }
      ]
    });
  }

  private _open: ReadonlySet<string> | null = null;
  private _isDisposed = false;
}
