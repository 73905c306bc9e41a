/**
 * What one open monitor shows, apart from how it looks: what the server knows
 * of it, the evaluation and the feature that one looks at. It follows the
 * store: what is evaluated elsewhere appears by itself.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { sentenceOf } from '../api/client';
import type { MonitorStore } from '../api/monitors';
import type {
  Alert,
  Batch,
  Evaluation,
  Metric,
  MonitorDetail,
  Series
} from '../model/monitor';
import { heatChecks, heatRows } from '../model/heatmap';
import type { HeatRow } from '../model/heatmap';
import { marks, timelines } from '../model/timelines';
import type { Mark, Timeline } from '../model/timelines';

const MOST_BATCHES = 30;
const MOST_KEPT = 40;

/** What the screen draws; a new object with each change. */
export interface DeskView {
  detail: MonitorDetail | null;
  series: Series;
  timelines: readonly Timeline[];
  marks: readonly Mark[];
  heat: readonly HeatRow[];
  /** The batches that are known so far: the newest, and what one went back to. */
  batches: readonly Batch[];
  /** The evaluation one looks at, by its id; null where there is none. */
  selected: string | null;
  evaluation: Evaluation | null;
  feature: string | null;
  /** Why the server did not answer, or null. */
  failure: string | null;
  isReady: boolean;
}

const NOTHING: Series = {
  total: 0,
  evaluations: [],
  before: null,
  series: []
};

export class MonitorDesk implements IDisposable {
  constructor(
    readonly store: MonitorStore,
    private _path: string
  ) {
    store.changed.connect(this._onChanged);
  }

  get path(): string {
    return this._path;
  }

  /** The file was renamed. */
  set path(path: string) {
    this._path = path;
    void this.load();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get view(): DeskView {
    return this._view;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.store.changed.disconnect(this._onChanged);
    Signal.clearData(this);
  }

  /** Ask for all of it. Never rejects. */
  async load(): Promise<void> {
    this._wanted += 1;
    const wanted = this._wanted;
    try {
      const { client } = this.store;
      const [detail, series] = await Promise.all([
        client.get(this._path).then(found => this._withNewest(found)),
        client.series(this._path)
      ]);
      if (wanted === this._wanted && !this._isDisposed) {
        this._take(detail, series);
      }
    } catch (error) {
      if (wanted === this._wanted) {
        this._set({ failure: sentenceOf(error), isReady: true });
      }
    }
  }

  /** Look at one evaluation, and perhaps at one of its features. */
  select(id: string, feature?: string): void {
    this._isNewest = id === this._view.series.evaluations.at(-1)?.id;
    this._set({
      selected: id,
      evaluation: this._known.get(id) ?? null,
      ...(feature === undefined ? {} : { feature })
    });
    void this._fetch(id);
  }

  /** Ask for batches that are older than those that are known. Never rejects. */
  async olderBatches(): Promise<void> {
    const [oldest] = this._view.batches;
    if (!oldest) {
      return;
    }
    try {
      const older = await this.store.client.batches(this._path, oldest.id);
      if (this._view.batches[0]?.id === oldest.id) {
        this._set({ batches: [...older, ...this._view.batches] });
      }
    } catch (error) {
      this._set({ failure: sentenceOf(error) });
    }
  }

  setFeature(feature: string): void {
    this._set({ feature });
  }

  /** Keep an alert on the screen while somebody writes an answer to it; null: no longer. */
  hold(alert: string | null): void {
    this._held = alert;
    this._changed.emit();
  }

  /** The newest alert that has not ended. */
  get alert(): Alert | null {
    const alerts = this._view.detail?.alerts ?? [];
    return (
      alerts.find(({ id }) => id === this._held) ??
      alerts.find(({ state }) => state === 'open') ??
      alerts.find(
        ({ state }) => state === 'snoozed' || state === 'retraining'
      ) ??
      null
    );
  }

  private readonly _onChanged = (
    _: MonitorStore,
    paths: readonly string[]
  ): void => {
    if (paths.includes(this._path)) {
      void this.load();
    }
  };

  private _take(detail: MonitorDetail, series: Series): void {
    const { evaluations } = series;
    const { selected } = this._view;
    const newest = evaluations.at(-1)?.id ?? null;
    // Who looks at the newest goes on to do so.
    const next =
      !this._isNewest && this._isThere(selected, series) ? selected : newest;
    const heat = heatRows(series, heatChecks(series).slice(0, 1), MOST_BATCHES);
    this._set({
      detail,
      series,
      timelines: timelines(series, this._metricsOf(newest)),
      marks: marks(series, detail.decisions),
      heat,
      batches: this._batchesOf(detail),
      selected: next,
      evaluation: next === null ? null : (this._known.get(next) ?? null),
      feature: this._view.feature ?? heat[0]?.column ?? null,
      failure: null,
      isReady: true
    });
    if (next !== null) {
      void this._fetch(next);
    }
  }

  /** Have the newest evaluation, too: with it everything can be drawn at once. */
  private async _withNewest(detail: MonitorDetail): Promise<MonitorDetail> {
    const id = detail.last?.id;
    if (id !== undefined && !this._known.has(id)) {
      try {
        this._known.set(id, await this.store.client.evaluation(this._path, id));
      } catch {
        // It is asked for once more, and then it is told.
      }
    }
    return detail;
  }

  /** Whether an evaluation is still one that counts: none has taken its place. */
  private _isThere(id: string | null, { evaluations }: Series): boolean {
    const { created = '' } = this._known.get(id ?? '') ?? {};
    const [oldest] = evaluations;
    return (
      evaluations.some(one => one.id === id) ||
      // Of those that are not given one by one nothing else is known.
      (created !== '' && oldest !== undefined && created < oldest.time)
    );
  }

  /** The newest, and before them what was asked for. */
  private _batchesOf({ batches }: MonitorDetail): readonly Batch[] {
    const known = this._view.batches;
    const first = known.findIndex(({ id }) => id === batches[0]?.id);
    return [...known.slice(0, Math.max(0, first)), ...batches];
  }

  private async _fetch(id: string): Promise<void> {
    if (this._known.has(id)) {
      return;
    }
    try {
      const found = await this.store.client.evaluation(this._path, id);
      this._keep(found);
      if (this._view.selected === id) {
        this._set({ evaluation: found });
      }
    } catch (error) {
      if (this._view.selected === id) {
        this._set({ failure: sentenceOf(error) });
      }
    }
  }

  private _metricsOf(id: string | null): readonly Metric[] {
    return id === null ? [] : (this._known.get(id)?.metrics ?? []);
  }

  private _keep(evaluation: Evaluation): void {
    this._known.set(evaluation.id, evaluation);
    const { series } = this._view;
    if (evaluation.id === series.evaluations.at(-1)?.id) {
      // Now the baseline's values are known, and with them more bounds.
      this._set({ timelines: timelines(series, evaluation.metrics) });
    }
    const [oldest] = this._known.keys();
    if (this._known.size > MOST_KEPT && oldest !== undefined) {
      this._known.delete(oldest);
    }
  }

  private _set(changed: Partial<DeskView>): void {
    if (!this._isDisposed) {
      this._view = { ...this._view, ...changed };
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  /** Evaluations do not change: what was read once is kept. */
  private readonly _known = new Map<string, Evaluation>();
  private _view: DeskView = {
    detail: null,
    series: NOTHING,
    timelines: [],
    marks: [],
    heat: [],
    batches: [],
    selected: null,
    evaluation: null,
    feature: null,
    failure: null,
    isReady: false
  };
  private _held: string | null = null;
  private _isNewest = true;
  private _wanted = 0;
  private _isDisposed = false;
}
