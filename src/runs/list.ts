/**
 * Which runs the panel shows: those of a filter, page by page, newest first.
 *
 * What is on the screen keeps its place. While one reads further down, runs
 * that arrive are counted and held back until asked for.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';

import { sentenceOf } from '../api/client';
import type { RunFilter } from '../api/client';
import type { RunStore } from '../api/runs';
import type { RunSummary } from '../model/run';

type ListStore = Pick<
  RunStore,
  'changed' | 'known' | 'list' | 'load' | 'summary' | 'isCut'
>;

/** What a view draws; the same object as long as nothing changed. */
export type ListView = {
  rows: readonly RunSummary[];
  /** Newer runs that are held back. */
  held: number;
  hasOlder: boolean;
  isLoading: boolean;
  /** Whether the runs were asked for with success at least once. */
  isReady: boolean;
  /** Whether the server could not be reached just now. */
  isCut: boolean;
  /** Why the last page could not be had. */
  error: string | null;
  /** What the server says of the list. */
  notes: readonly string[];
  filter: RunFilter;
};

export class RunList implements IDisposable {
  constructor(private readonly _store: ListStore) {
    _store.changed.connect(this._onStore);
    this._view = this._draw();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get view(): ListView {
    return this._view;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._store.changed.disconnect(this._onStore);
    Signal.clearData(this);
  }

  /** Show other runs: those of a filter. */
  async setFilter(filter: RunFilter): Promise<void> {
    this._filter = filter;
    this._cursor = null;
    this._oldest = null;
    this._newest = null;
    this._extra.clear();
    await this._load();
  }

  /** Ask for the first page again: after a failure, or to look anew. */
  refresh(): Promise<void> {
    return this.setFilter(this._filter);
  }

  /** Ask for the next page of older runs. */
  async older(): Promise<void> {
    if (this._cursor !== null && !this._isLoading) {
      await this._load(this._cursor);
    }
  }

  /** Whether runs that arrive are held back, so that nothing moves. */
  hold(isHeld: boolean): void {
    if (isHeld && this._newest === null) {
      const first = this._view.rows.at(0);
      this._newest = first ? key(first) : '';
    } else if (!isHeld && this._newest !== null) {
      this._newest = null;
      this._update();
    }
  }

  /** See to it that a run is in the list, however old it is. */
  async include(id: string): Promise<void> {
    const run = this._store.summary(id) ?? (await this._store.load(id));
    if (!this._view.rows.some(row => row.id === run.id)) {
      this._newest = null;
      this._extra.add(run.id);
      this._update();
    }
  }

  private async _load(before?: string): Promise<void> {
    const asked = this._filter;
    this._isLoading = true;
    this._error = null;
    this._update();
    try {
      const { runs, next, notes } = await this._store.list(asked, { before });
      if (asked !== this._filter) {
        return; // Meanwhile one asked for others.
      }
      this._cursor = next;
      this._notes = notes ?? [];
      const last = runs.at(-1);
      // Without a next page everything that is known belongs to the list.
      this._oldest = next === null ? '' : last ? key(last) : this._oldest;
    } catch (error) {
      if (asked !== this._filter) {
        return;
      }
      this._error = sentenceOf(error);
    }
    this._isLoading = false;
    this._update();
  }

  private readonly _onStore = (): void => {
    this._update();
  };

  private _update(): void {
    if (!this._isDisposed) {
      this._view = this._draw();
      this._changed.emit();
    }
  }

  private _draw(): ListView {
    const oldest = this._oldest;
    const newest = this._newest;
    const known = this._store
      .known(this._filter)
      .filter(
        run =>
          (oldest !== null && key(run) >= oldest) || this._extra.has(run.id)
      );
    const rows =
      newest === null ? known : known.filter(run => key(run) <= newest);
    return {
      rows,
      held: known.length - rows.length,
      hasOlder: this._cursor !== null,
      isLoading: this._isLoading,
      isReady: this._oldest !== null,
      isCut: this._store.isCut,
      error: this._error,
      notes: this._notes,
      filter: this._filter
    };
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _extra = new Set<string>();
  private _view: ListView;
  private _filter: RunFilter = {};
  private _cursor: string | null = null;
  /** The oldest run of the pages so far; null before the first, '' for all. */
  private _oldest: string | null = null;
  /** While runs are held back: the newest that is shown. */
  private _newest: string | null = null;
  private _isLoading = false;
  private _error: string | null = null;
  private _notes: readonly string[] = [];
  private _isDisposed = false;
}

/** The order of runs as text: by time, then by id. */
function key(run: RunSummary): string {
  return `${run.created}~${run.id}`;
}
