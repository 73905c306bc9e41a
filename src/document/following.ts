/**
 * The run that a pipeline's screen shows. It is the newest one, live while it
 * goes on; on the canvas it stays until the pipeline is edited, because from
 * then on its states would speak of something else.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { isActive } from '../api/runs';
import type { RunStore } from '../api/runs';
import type { Run } from '../model/run';

export class RunView implements IDisposable {
  /**
   * @param runs - the runs this browser knows
   * @param path - the pipeline, relative to the server
   */
  constructor(
    private readonly runs: RunStore,
    private readonly path: () => string
  ) {
    runs.changed.connect(this._onRuns);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A node of the run failed while we watched: the first one. */
  get failed(): ISignal<this, string> {
    return this._failed;
  }

  /** The newest run, or the one being followed. */
  get run(): Run | null {
    return this._run;
  }

  /** The run whose states the canvas shows. */
  get onCanvas(): Run | null {
    return this._isShown ? this._run : null;
  }

  get isActive(): boolean {
    return this._run !== null && isActive(this._run);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.runs.changed.disconnect(this._onRuns);
    this._watch?.dispose();
    Signal.clearData(this);
  }

  /** Find the newest run of the pipeline; one that goes on is followed. */
  async find(): Promise<void> {
    try {
      await this.runs.fetchLatest(this.path());
    } catch {
      return; // The store tries again and tells.
    }
    this._onRuns();
  }

  /** Follow a run from now on. */
  follow(id: string): void {
    if (this._isDisposed) {
      return;
    }
    const watch = this.runs.watch(id);
    this._watch?.dispose();
    this._watch = watch;
    this._id = id;
    this._isShown = true;
    this._hasFailed = false;
    this._update(this.runs.get(id));
  }

  /** The pipeline was edited: what ended says nothing about it any more. */
  edited(): void {
    if (this._isShown && this._run !== null && !this.isActive) {
      this.clear();
    }
  }

  /** Take the states from the canvas. */
  clear(): void {
    this._isShown = false;
    this._changed.emit();
  }

  private readonly _onRuns = (): void => {
    const newest = this.runs.latestFor(this.path());
    if (newest !== null && newest.id !== this._id && !this.isActive) {
      if (isActive(newest)) {
        this.follow(newest.id);
        return;
      }
      this._adopt(newest.id);
    }
    if (this._id !== null) {
      this._update(this.runs.get(this._id));
    }
  };

  /** Show the newest run in the drawer, though it ended before we came. */
  private _adopt(id: string): void {
    const ours = this._run;
    if (
      ours !== null &&
      ours.created >= (this.runs.summary(id)?.created ?? '')
    ) {
      return;
    }
    this._watch?.dispose();
    this._watch = this.runs.watch(id);
    this._id = id;
    this._isShown = false;
  }

  private _update(next: Run | null): void {
    const before = this._run;
    if (next === before) {
      return;
    }
    this._run = next;
    this._changed.emit();
    if (next === null || !this._isShown) {
      return;
    }
    const wasActive =
      before === null || before.id !== next.id || isActive(before);
    this._tellFailure(next, wasActive);
  }

  private _tellFailure(run: Run, wasActive: boolean): void {
    if (this._hasFailed || !wasActive) {
      return;
    }
    const failed = Object.entries(run.nodes)
      .filter(([, node]) => node.state === 'failed')
      .sort(([, a], [, b]) => compare(a.finished ?? '', b.finished ?? ''));
    if (failed.length > 0) {
      this._hasFailed = true;
      this._failed.emit(failed[0][0]);
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _failed = new Signal<this, string>(this);
  private _watch: IDisposable | null = null;
  private _id: string | null = null;
  private _run: Run | null = null;
  private _isShown = false;
  private _hasFailed = false;
  private _isDisposed = false;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
