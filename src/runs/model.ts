/**
 * What the Runs panel is about, apart from how it looks: the list and its
 * filter, what is open, and where one is. It outlives a redraw, and commands
 * speak to it.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { RunFilter } from '../api/client';
import type { RunStore } from '../api/runs';
import { STATES } from '../model/run';
import { RunList } from './list';

const STATE_KEY = 'mlops-ext:runs';

/** Something in the panel that opens in place: a run, or a node of a run. */
export type Place = { run: string; node?: string };

export function placeKey({ run, node }: Place): string {
  return node === undefined ? run : `${run}/${node}`;
}

export class RunsModel implements IDisposable {
  constructor(
    private readonly _store: RunStore,
    private readonly _db: IStateDB | null
  ) {
    this.list = new RunList(_store);
  }

  readonly list: RunList;

  /** Something was opened or closed, or one is led to a run. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Keys of what is open; a new set with each change. */
  get open(): ReadonlySet<string> {
    return this._open;
  }

  /** The run that one asked to be shown; a new object with each wish. */
  get wish(): Readonly<Place> | null {
    return this._wish;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._watches.forEach(watch => watch.dispose());
    this.list.dispose();
    Signal.clearData(this);
  }

  /** Take up the filter of last time, and load. */
  async restore(): Promise<void> {
    let filter: RunFilter = {};
    try {
      filter = asFilter(await this._db?.fetch(STATE_KEY));
    } catch {
      // Nothing is lost but a filter.
    }
    if (!this._isDisposed) {
      await this.list.setFilter(filter);
    }
  }

  async setFilter(filter: RunFilter): Promise<void> {
    void this._db?.save(STATE_KEY, { ...filter });
    await this.list.setFilter(filter);
  }

  isOpen(place: Place): boolean {
    return this._open.has(placeKey(place));
  }

  setOpen(place: Place, isOpen: boolean): void {
    if (this.isOpen(place) === isOpen) {
      return;
    }
    const open = new Set(this._open);
    if (isOpen) {
      open.add(placeKey(place));
    } else {
      open.delete(placeKey(place));
    }
    this._open = open;
    if (place.node === undefined) {
      this._watch(place.run, isOpen);
    }
    this._changed.emit();
  }

  /** Lead to a run, or to a node of it: open it where it stands. */
  async show(place: Place): Promise<void> {
    await this.list.include(place.run);
    this.setOpen({ run: place.run }, true);
    if (place.node !== undefined) {
      this.setOpen(place, true);
    }
    this._wish = { ...place };
    this._changed.emit();
  }

  /** An open run is kept whole and current. */
  private _watch(run: string, isOpen: boolean): void {
    this._watches.get(run)?.dispose();
    this._watches.delete(run);
    if (isOpen) {
      this._watches.set(run, this._store.watch(run));
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _watches = new Map<string, IDisposable>();
  private _open: ReadonlySet<string> = new Set();
  private _wish: Place | null = null;
  private _isDisposed = false;
}

/** A remembered filter; what is not one any more is left out. */
function asFilter(value: unknown): RunFilter {
  const { pipeline, state, runtime } = (value ?? {}) as Record<string, unknown>;
  const known = STATES.find(name => name === state);
  return {
    ...(typeof pipeline === 'string' ? { pipeline } : {}),
    ...(known ? { state: known } : {}),
    ...(typeof runtime === 'string' ? { runtime } : {})
  };
}
