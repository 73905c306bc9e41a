/** What people do with monitors, from the panel, an open monitor or a notification. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ApiError, sentenceOf } from '../api/client';
import type { DecisionRequest } from '../api/client';
import type { MonitorStore } from '../api/monitors';
import type { Alert } from '../model/monitor';
import { safeLine } from '../ui/safetext';
import { formatExact, parseTime } from '../ui/time';
import { CommandIDs } from './commandids';
import { decisionWord } from './words';

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
      if (error instanceof ApiError && error.code === 'decided-already') {
        const words = await this._whoWasFirst(alert, sentenceOf(error));
        // What was decided may have taken the alert from the screen, and the form with it.
        Notification.warning(`${safeLine(alert.name)}: ${words}`, {
          autoClose: false,
          actions: [
            {
              label: this._trans.__('Look at it'),
              caption: this._trans.__('Open the monitor'),
              callback: () => void this.open(alert.monitor)
            }
          ]
        });
        return words;
      }
      return sentenceOf(error);
    }
  }

  /** Who decided before, what and why; else what the server said. */
  private async _whoWasFirst(alert: Alert, otherwise: string): Promise<string> {
    const trans = this._trans;
    const detail = await this.store.client.get(alert.monitor).catch(() => null);
    const last = detail?.alerts
      .find(({ id }) => id === alert.id)
      ?.decisions.at(-1);
    const at = parseTime(last?.at);
    return last && at !== null
      ? trans.__(
          'Yours was not taken: %1 was faster, at %2 (%3, “%4”).',
          safeLine(last.user, 80),
          formatExact(at),
          decisionWord(last.action, trans),
          safeLine(last.comment, 200)
        )
      : otherwise;
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
