/**
 * The runs that this browser knows of, kept true.
 *
 * Three sources feed one picture. The server's event stream says that a run
 * has news (an id and a number, never content); the numbered events are then
 * read and folded in. A poll finds what the stream missed: it is a websocket,
 * and has no memory of what passed while it was cut. And every answer of the
 * list is taken in, so that runs started elsewhere appear.
 *
 * A run is changed by one request at a time; news that come meanwhile are
 * remembered as a number and fetched together.
 */
import type { Event } from '@jupyterlab/services';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Run, RunEvent, RunSummary } from '../model/run';
import type { Client } from './client';
import {
  isActive,
  isBehind,
  matches,
  needsLook,
  pipelinePath
} from './entries';
import type { Entry } from './entries';
import { ApiError } from './errors';
import { allEvents, newest } from './news';
import { RunTable } from './runtable';
import type { RunFilter, RunPage, RunRequest } from './types';

export { isActive, pipelinePath } from './entries';

/** The schema of the server's "this run has news". */
export const RUN_EVENT = 'https://events.mlops-ext.org/run/v1';

const BUSY_INTERVAL = 2_000;
const IDLE_INTERVAL = 30_000;
const LONGEST_INTERVAL = 10_000;
const PAGE = 50;

type StoreClient = Pick<
  Client,
  | 'listRuns'
  | 'getRun'
  | 'events'
  | 'startRun'
  | 'cancelRun'
  | 'retryRun'
  | 'deleteRun'
>;

export class RunStore implements IDisposable {
  constructor(options: RunStore.IOptions) {
    this._client = options.client;
    this._events = options.events ?? null;
    this._events?.connect(this._onEvent);
    this._poll = new Poll({
      auto: false,
      name: 'mlops-ext:runs',
      factory: () => this.refresh(),
      frequency: { interval: IDLE_INTERVAL, backoff: true, max: IDLE_INTERVAL },
      standby: options.standby ?? 'when-hidden'
    });
    document.addEventListener('visibilitychange', this._onWake);
    window.addEventListener('online', this._onWake);
  }

  /** Emits the ids of runs that were added, changed or removed. */
  get changed(): ISignal<this, string[]> {
    return this._changed;
  }

  /** Whether the last attempt to hear from the server failed. */
  get isCut(): boolean {
    return this._isCut;
  }

  /** Whether the runs have been asked for with success once. */
  get isReady(): boolean {
    return this._isReady;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this._onWake);
    window.removeEventListener('online', this._onWake);
    this._events?.disconnect(this._onEvent);
    this._poll.dispose();
    Signal.clearData(this);
  }

  /** Begin to poll: now, and then as often as there is something to see. */
  async start(): Promise<void> {
    if (!this._isDisposed) {
      this._isStarted = true;
      await this._poll.refresh();
    }
  }

  /** The whole document of a run, if it was loaded (see watch and load). */
  get(id: string): Run | null {
    return this._table.find(id)?.run ?? null;
  }

  /** What is known of a run. */
  summary(id: string): RunSummary | null {
    const entry = this._table.find(id);
    return entry?.run ?? entry?.summary ?? null;
  }

  /** The runs known so far, newest first. */
  known(filter: RunFilter = {}): RunSummary[] {
    return this._table.sorted().filter(run => matches(run, filter));
  }

  /** The known runs that have not ended, newest first. */
  active(): RunSummary[] {
    return this._table.sorted().filter(isActive);
  }

  /** The newest known run of a pipeline, by its path on the server. */
  latestFor(path: string): RunSummary | null {
    return this._table.sorted().find(run => pipelinePath(run) === path) ?? null;
  }

  /** As latestFor, after asking the server. */
  async fetchLatest(path: string): Promise<RunSummary | null> {
    await this.list({ pipeline: path }, { limit: 1 });
    return this.latestFor(path);
  }

  /** A page of runs from the server, newest first; they become known. */
  async list(
    filter: RunFilter = {},
    page: { limit?: number; before?: string | null } = {}
  ): Promise<RunPage> {
    const answer = await this._client.listRuns(filter, {
      limit: PAGE,
      ...page
    });
    this._take(answer.runs);
    return answer;
  }

  /** The whole document of a run, asked for if it is not there. */
  async load(id: string): Promise<Run> {
    const entry = this._table.entry(id);
    await (entry.run ?? this._catchUp(entry, 0));
    const loaded = this.get(id);
    if (loaded !== null) {
      return loaded;
    }
    // The request failed, which was kept quiet: ask for the reason.
    const run = await this._client.getRun(id);
    this._put(entry, run);
    return run;
  }

  /**
   * Load a run and keep its whole document current until disposed. Failures
   * to load are retried with the poll.
   */
  watch(id: string): IDisposable {
    const entry = this._table.entry(id);
    entry.watchers += 1;
    if (entry.run === null) {
      void this._catchUp(entry, 0);
    }
    return new DisposableDelegate(() => {
      entry.watchers -= 1;
    });
  }

  /** Every event of a run so far, for what the document does not keep. */
  history(id: string): Promise<RunEvent[]> {
    return allEvents(this._client, id);
  }

  /** Start a run; answers when its document is known. */
  async launch(request: RunRequest): Promise<Run> {
    const { id } = await this._client.startRun(request);
    return this.load(id);
  }

  async cancel(id: string): Promise<void> {
    await this._client.cancelRun(id);
    await this._catchUp(this._table.entry(id), 0, true);
  }

  /** Run what failed again, in the same run. */
  async retry(id: string): Promise<void> {
    await this._client.retryRun(id);
    await this._catchUp(this._table.entry(id), 0, true);
  }

  async remove(id: string): Promise<void> {
    await this._client.deleteRun(id);
    this._forget(id);
  }

  /** Ask for what is new, now. Rejects when the server cannot be reached. */
  async refresh(): Promise<void> {
    const before = new Set(this._table.all().map(({ id }) => id));
    try {
      const { runs, next } = await this._client.listRuns({}, { limit: PAGE });
      this._take(runs);
      this._table
        .missing(before, runs, next === null)
        .forEach(id => this._forget(id));
      const listed = new Set(runs.map(run => run.id));
      const unseen = this._table
        .all()
        .filter(entry => !listed.has(entry.id) && needsLook(entry));
      await Promise.all(unseen.map(entry => this._catchUp(entry, 0, true)));
    } catch (error) {
      this._setCut(true);
      throw error;
    }
    this._setCut(false);
  }

  private readonly _onEvent = (_: unknown, event: Event.Emission): void => {
    const { run, seq } = event;
    if (
      event.schema_id === RUN_EVENT &&
      typeof run === 'string' &&
      typeof seq === 'number' &&
      !this._table.isGone(run)
    ) {
      void this._catchUp(this._table.entry(run), seq);
    }
  };

  /** The page is looked at again, or the network is back. */
  private readonly _onWake = (): void => {
    if (this._isStarted && document.visibilityState !== 'hidden') {
      void this._poll.refresh();
    }
  };

  /**
   * Bring a run up to a number at least. Never rejects: what fails is tried
   * again with the next event or poll.
   */
  private _catchUp(entry: Entry, seq: number, look = false): Promise<void> {
    entry.wanted = Math.max(entry.wanted, seq);
    if (entry.busy === null && (look || isBehind(entry))) {
      entry.busy = this._fetchNews(entry);
    }
    return entry.busy ?? Promise.resolve();
  }

  private async _fetchNews(entry: Entry): Promise<void> {
    try {
      do {
        const run = await newest(this._client, entry);
        if (this._isDisposed || this._table.isGone(entry.id)) {
          return;
        }
        this._put(entry, run);
      } while (isBehind(entry));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        this._forget(entry.id);
      }
    } finally {
      // In the same turn as the last look at `wanted`: no news falls between.
      entry.busy = null;
    }
  }

  private _put(entry: Entry, run: Run): void {
    if (run !== entry.run) {
      entry.run = run;
      this._announce([entry.id]);
    }
  }

  /** Take in what a list said. */
  private _take(runs: readonly RunSummary[]): void {
    const ids: string[] = [];
    for (const run of runs) {
      if (this._table.isGone(run.id)) {
        continue;
      }
      const entry = this._table.entry(run.id);
      const known = entry.run?.seq ?? entry.summary?.seq ?? -1;
      const isMissing = entry.run === null && entry.watchers > 0;
      if (run.seq <= known && !isMissing) {
        continue;
      }
      if (entry.run !== null || isMissing) {
        void this._catchUp(entry, run.seq);
      } else {
        entry.summary = run;
        ids.push(run.id);
      }
    }
    this._isReady = true;
    this._announce(ids);
  }

  private _forget(id: string): void {
    if (this._table.forget(id)) {
      this._announce([id]);
    }
  }

  private _announce(ids: string[]): void {
    if (ids.length === 0 || this._isDisposed) {
      return;
    }
    this._table.touch();
    this._setPace();
    this._changed.emit(ids);
  }

  /** Quick while something goes on, and while the server is looked for. */
  private _setPace(): void {
    const isBusy = this._isCut || this.active().length > 0;
    const interval = isBusy ? BUSY_INTERVAL : IDLE_INTERVAL;
    if (this._poll.frequency.interval === interval) {
      return;
    }
    const max = Math.max(interval, LONGEST_INTERVAL);
    this._poll.frequency = { interval, backoff: true, max };
    if (this._isStarted) {
      // The tick that is due in the old interval may be far away.
      void this._poll.schedule();
    }
  }

  private _setCut(isCut: boolean): void {
    if (this._isCut !== isCut && !this._isDisposed) {
      this._isCut = isCut;
      this._setPace();
      this._changed.emit([]);
    }
  }

  private readonly _client: StoreClient;
  private readonly _events: ISignal<unknown, Event.Emission> | null;
  private readonly _poll: Poll;
  private readonly _table = new RunTable();
  private readonly _changed = new Signal<this, string[]>(this);
  private _isCut = false;
  private _isReady = false;
  private _isStarted = false;
  private _isDisposed = false;
}

export namespace RunStore {
  export interface IOptions {
    client: StoreClient;
    /** The server's event stream; without it there is only the poll. */
    events?: ISignal<unknown, Event.Emission>;
    standby?: Poll.Standby;
  }
}
