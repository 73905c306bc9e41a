/**
 * The monitors and open alerts that there are, the same for all who show them:
 * the panel, the status bar, the notifications, an open monitor.
 */
import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { isOpen } from '../model/monitor';
import type { Alert, MonitorSummary } from '../model/monitor';
import { sentenceOf } from './errors';
import type {
  DecisionRequest,
  EvaluationStart,
  MonitorClient
} from './monitorclient';

/** The schema of the server's "this monitor has news". */
export const MONITOR_EVENT = 'https://events.mlops-ext.org/monitor/v1';

const BUSY_INTERVAL = 2_000;
const IDLE_INTERVAL = 60_000;
/** News of many evaluations come close together: one look is enough. */
const GATHER = 150;

export class MonitorStore implements IDisposable {
  constructor(options: MonitorStore.IOptions) {
    this.client = options.client;
    this._events = options.events ?? null;
    this._events?.connect(this._onEvent);
    this._poll = new Poll({
      auto: false,
      name: 'mlops-ext:monitors',
      factory: () => this.refresh(),
      frequency: { interval: IDLE_INTERVAL, backoff: true, max: IDLE_INTERVAL },
      standby: options.standby ?? 'when-hidden'
    });
  }

  readonly client: MonitorStore.IClient;

  /** Emits the paths of monitors that have news; none where only the list changed. */
  get changed(): ISignal<this, readonly string[]> {
    return this._changed;
  }

  /** By path; the same array as long as nothing changed. */
  get known(): readonly MonitorSummary[] {
    return this._known;
  }

  /** The alerts that wait for a person, newest first. */
  get open(): readonly Alert[] {
    return this._open;
  }

  /** Whether the server answered once. */
  get isReady(): boolean {
    return this._isReady;
  }

  /** Why the last request failed, or null. */
  get failure(): string | null {
    return this._failure;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._events?.disconnect(this._onEvent);
      clearTimeout(this._timer);
      this._poll.dispose();
      Signal.clearData(this);
    }
  }

  find(path: string): MonitorSummary | null {
    return this._known.find(one => one.path === path) ?? null;
  }

  /** Begin to look: now, and then as often as there is something to see. */
  async start(): Promise<void> {
    if (!this._isDisposed) {
      await this._poll.refresh();
    }
  }

  /** Ask the server. Rejects when it cannot be reached, after it was told. */
  async refresh(): Promise<void> {
    try {
      const [monitors, alerts] = await Promise.all([
        this.client.list(),
        this.client.alerts('open')
      ]);
      this._take(monitors, alerts.filter(isOpen));
    } catch (error) {
      this._failure = sentenceOf(error);
      this._emit([]);
      throw error;
    }
  }

  /** Evaluate a batch, the newest when there is none named. */
  async evaluate(
    path: string,
    batch: string | null,
    all = false
  ): Promise<EvaluationStart> {
    const answer = await this.client.evaluate(path, batch, all);
    this._soon();
    return answer;
  }

  async setSchedule(path: string, active: boolean): Promise<void> {
    await this.client.setSchedule(path, active);
    await this.refresh().catch(ignore);
    this._emit([path]);
  }

  /** Answer an alert. Who was too late is told, and sees what was decided. */
  async decide(alert: Alert, decision: DecisionRequest): Promise<Alert> {
    try {
      return await this.client.decide(alert.id, decision);
    } finally {
      await this.refresh().catch(ignore);
      this._emit([alert.monitor]);
    }
  }

  private readonly _onEvent = (_: unknown, event: Event.Emission): void => {
    const { path } = event;
    if (event.schema_id === MONITOR_EVENT && typeof path === 'string') {
      this._news.add(path);
      this._soon();
    }
  };

  private _soon(): void {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      const paths = [...this._news];
      this._news.clear();
      this.refresh()
        .catch(ignore)
        .finally(() => this._emit(paths));
    }, GATHER);
  }

  private _take(monitors: MonitorSummary[], alerts: Alert[]): void {
    const before = new Map(this._known.map(one => [one.path, one]));
    const changed = monitors
      .filter(one => !isSame(before.get(one.path), one))
      .map(({ path }) => path);
    const isListSame = changed.length === 0 && monitors.length === before.size;
    if (!isListSame) {
      this._known = [...monitors].sort((a, b) => (a.path < b.path ? -1 : 1));
    }
    if (!isSame(this._open, alerts)) {
      this._open = [...alerts].sort((a, b) => (a.opened > b.opened ? -1 : 1));
    }
    this._failure = null;
    this._isReady = true;
    this._setPace();
    this._emit(changed);
  }

  /** Quick while something is evaluated. */
  private _setPace(): void {
    const isBusy = this._known.some(({ evaluating }) => evaluating);
    const interval = isBusy ? BUSY_INTERVAL : IDLE_INTERVAL;
    if (this._poll.frequency.interval !== interval) {
      this._poll.frequency = { interval, backoff: true, max: IDLE_INTERVAL };
      void this._poll.schedule();
    }
  }

  private _emit(paths: readonly string[]): void {
    if (!this._isDisposed) {
      this._changed.emit(paths);
    }
  }

  private readonly _events: ISignal<unknown, Event.Emission> | null;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, readonly string[]>(this);
  private readonly _news = new Set<string>();
  private _known: readonly MonitorSummary[] = [];
  private _open: readonly Alert[] = [];
  private _failure: string | null = null;
  private _isReady = false;
  private _isDisposed = false;
  private _timer = 0;
}

export namespace MonitorStore {
  export type IClient = Pick<
    MonitorClient,
    | 'list'
    | 'alerts'
    | 'evaluate'
    | 'decide'
    | 'setSchedule'
    | 'get'
    | 'batches'
    | 'series'
    | 'evaluations'
    | 'evaluation'
    | 'preview'
    | 'propose'
  >;

  export interface IOptions {
    client: IClient;
    /** The server's event stream; without it there is only the poll. */
    events?: ISignal<unknown, Event.Emission>;
    standby?: Poll.Standby;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What failed was told as `failure`. */
function ignore(): void {
  return;
}
