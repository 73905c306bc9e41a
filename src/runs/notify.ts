/**
 * Says when a long run has ended, to who saw it running: one has probably
 * looked elsewhere meanwhile. Short runs and runs that one stopped are not
 * told of.
 */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';

import type { RunStore } from '../api/runs';
import { isSettled } from '../model/run';
import type { Run } from '../model/run';
import { failureSentence } from '../ui/errornote';
import { isActive } from '../ui/state';
import { formatDuration } from '../ui/time';
import { firstFailure, nodeName, runName } from './names';

const VISIBLE = 15_000;

export interface INotifierOptions {
  runs: RunStore;
  commands: CommandRegistry;
  /** From how many seconds on a run counts as long; below 0 none does. */
  threshold: () => number;
  trans: TranslationBundle;
  /** Where it is shown: JupyterLab's notifications. */
  emit?: typeof Notification.emit;
}

export class Notifier implements IDisposable {
  constructor(private readonly _options: INotifierOptions) {
    _options.runs.changed.connect(this._onRuns);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._options.runs.changed.disconnect(this._onRuns);
  }

  private readonly _onRuns = (_: unknown, ids: string[]): void => {
    const { runs } = this._options;
    for (const id of ids) {
      const run = runs.summary(id);
      if (run === null) {
        this._seen.delete(id);
      } else if (isActive(run)) {
        this._seen.add(id);
      } else if (isSettled(run.state) && this._seen.delete(id)) {
        void this._tell(id);
      }
    }
  };

  private async _tell(id: string): Promise<void> {
    const { runs, threshold } = this._options;
    let run: Run;
    try {
      run = await runs.load(id);
    } catch {
      return; // It was deleted, or the server is away: nothing to tell.
    }
    const least = threshold();
    const isLong = least >= 0 && (run.seconds ?? 0) >= least;
    if (isLong && !this._isDisposed) {
      if (run.state === 'failed') {
        this._failed(run);
      } else if (run.state === 'succeeded') {
        this._succeeded(run);
      }
    }
  }

  private _succeeded(run: Run): void {
    const { trans } = this._options;
    this._emit(
      trans.__(
        '%1 succeeded after %2.',
        runName(run),
        formatDuration(run.seconds ?? 0)
      ),
      'success',
      [this._show(run)]
    );
  }

  private _failed(run: Run): void {
    const { commands, trans } = this._options;
    const actions = [this._show(run)];
    const failure = firstFailure(run);
    let sentence = trans.__(
      '%1 failed after %2.',
      runName(run),
      formatDuration(run.seconds ?? 0)
    );
    if (failure) {
      const [node, { error, notebook, label }] = failure;
      const name = nodeName(node, { label });
      if (error !== null) {
        sentence = `${runName(run)}: ${failureSentence(error, name, trans)}`;
      }
      if (notebook !== null) {
        actions.push({
          label: trans.__('Open notebook'),
          caption: trans.__('Open the notebook as it was executed'),
          callback: () =>
            void commands.execute('mlops:open-executed', { run: run.id, node })
        });
      }
    }
    this._emit(sentence, 'error', actions);
  }

  private _show(run: Run): Notification.IAction {
    const { commands, trans } = this._options;
    return {
      label: trans.__('Show'),
      caption: trans.__('Show the run in the Runs panel'),
      callback: () => void commands.execute('mlops:show-run', { id: run.id })
    };
  }

  private _emit(
    message: string,
    type: 'success' | 'error',
    actions: Notification.IAction[]
  ): void {
    const emit = this._options.emit ?? Notification.emit;
    emit(message.slice(0, 300), type, { autoClose: VISIBLE, actions });
  }

  /** Runs that were seen going on. */
  private readonly _seen = new Set<string>();
  private _isDisposed = false;
}
