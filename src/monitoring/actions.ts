/** What people do with monitors, from the panel, an open monitor or a notification. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { sentenceOf } from '../api/client';
import type { DecisionRequest } from '../api/client';
import type { MonitorStore } from '../api/monitors';
import type { Alert } from '../model/monitor';
import { CommandIDs } from './commandids';

export class MonitorActions {
  constructor(
    readonly store: MonitorStore,
    private readonly _commands: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {}

  open(path: string): Promise<void> {
    return this._run(CommandIDs.open, { path });
  }

  edit(path: string): Promise<void> {
    return this._run(CommandIDs.open, { path, edit: true });
  }

  /** The file as text, beside its form. */
  openText(path: string): Promise<void> {
    return this._run('docmanager:open', { path, factory: 'Editor' });
  }

  openFile(path: string): Promise<void> {
    return this._run('docmanager:open', { path });
  }

  create(): Promise<void> {
    return this._run(CommandIDs.create, {});
  }

  newProject(): Promise<void> {
    return this._run(CommandIDs.newProject, {});
  }

  showRun(id: string): Promise<void> {
    return this._run(CommandIDs.showRun, { id });
  }

  /** Evaluate a batch: the newest, one that is named, or all that are new. */
  async evaluate(
    path: string,
    batch: string | null = null,
    all = false
  ): Promise<void> {
    await this._try(async () => {
      const { job, message } = await this.store.evaluate(path, batch, all);
      if (job === null) {
        Notification.info(
          message ?? this._trans.__('Nothing to do: every batch is evaluated.'),
          { autoClose: 6000 }
        );
      }
    });
  }

  async setSchedule(path: string, active: boolean): Promise<void> {
    await this._try(() => this.store.setSchedule(path, active));
  }

  /** Answers why it could not be, as a sentence; null when it is done. */
  async decide(
    alert: Alert,
    decision: DecisionRequest
  ): Promise<string | null> {
    try {
      const decided = await this.store.decide(alert, decision);
      this._tell(decided);
      return null;
    } catch (error) {
      return sentenceOf(error);
    }
  }

  private _tell({ run }: Alert): void {
    if (run !== null) {
      Notification.success(this._trans.__('The refresh pipeline runs.'), {
        autoClose: 8000,
        actions: [
          {
            label: this._trans.__('Show'),
            caption: this._trans.__('Show the run in the Runs panel'),
            callback: () => void this.showRun(run)
          }
        ]
      });
    }
  }

  private _run(id: string, args: ReadonlyPartialJSONObject): Promise<void> {
    return this._try(() => this._commands.execute(id, args));
  }

  private async _try(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      Notification.error(sentenceOf(error), { autoClose: 10_000 });
    }
  }
}
