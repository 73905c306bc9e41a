/** A monitor (`*.monitor`), its evaluations, alerts and decisions, as the server tells them. */
import type * as law from '../generated/monitor';
import type { Issue, JsonObject, JsonValue } from './document';

/** schemas/monitor.v1.json. */
export type MonitorDocument = law.Monitor;
export type Problem = law.Problem;
/** Where a value is worse than a check allows. */
export type Bounds = law.Threshold;
export type CheckMode = NonNullable<law.Check['mode']>;
export type ColumnKind = 'numeric' | 'category';

export type Verdict = 'ok' | 'warn' | 'alert' | 'not_computed' | 'error';

export type MonitorStatus =
  'ok' | 'warn' | 'alert' | 'error' | 'too_few_rows' | 'no_labels';

export interface Metric {
  check: string;
  kind: string;
  measure: string;
  column: string | null;
  group: string | null;
  value: number | null;
  baseline: number | null;
  p: number | null;
  q: number | null;
  threshold: JsonValue;
  sample: number | null;
  verdict: Verdict;
  reason: string | null;
}

export interface MonitorError {
  code: string;
  message: string;
  hint: string | null;
}

export interface Evaluation {
  version: 1;
  monitor: string;
  id: string;
  batch: string;
  model: string | null;
  baseline: string | null;
  rows: number | null;
  labelled: number | null;
  status: MonitorStatus;
  metrics: Metric[];
  error: MonitorError | null;
  created?: string;
  superseded_by?: string | null;
  detail?: Detail | null;
  /** Of a preview: the checks in force. */
  checks?: JsonObject;
}

export type Distribution =
  | {
      kind: 'numeric';
      edges: number[];
      baseline: number[];
      current: number[];
    }
  | {
      kind: 'category';
      categories: string[];
      baseline: number[];
      current: number[];
    };

/** What the charts of one evaluation need. */
export interface Detail {
  features: Record<string, Distribution>;
  confusion: { labels: JsonValue[]; matrix: number[][] } | null;
  roc: { fpr: number[]; tpr: number[]; auc: number | null } | null;
  groups: GroupRates[];
  score: Distribution | null;
  /** Of predicted numbers: prediction minus label. */
  residuals: Distribution | null;
}

export interface GroupRates {
  column: string;
  group: string;
  rows: number;
  selection_rate: number | null;
  tpr: number | null;
  fpr: number | null;
}

export interface SeriesPoint {
  id: string;
  batch: string;
  time: string;
  status: MonitorStatus;
  model: string | null;
  baseline: string | null;
}

/** One line of a check: a value for each of the newest evaluations. */
export interface CheckSeries {
  check: string;
  kind: string;
  measure: string;
  column: string | null;
  group: string | null;
  values: (number | null)[];
  /** A letter for each evaluation: ok, warn, alert, not computed, error. */
  verdicts: string;
  warn: Bounds | null;
  alert: Bounds | null;
  mode?: CheckMode;
  effect?: Bounds | null;
  /** Of each stretch of older evaluations the ends, and its worst letter. */
  before: {
    low: (number | null)[];
    high: (number | null)[];
    verdicts: string;
  } | null;
}

/** What lies before the newest evaluations: stretches of as many each. */
export interface Stretches {
  /** The place of the first evaluation of each, counted from the oldest. */
  starts: number[];
  /** The batch of that evaluation, and its time. */
  batches: string[];
  times: string[];
  changes: { at: number; kind: 'model' | 'baseline'; what: string }[];
  /** The checks that have been beyond their bounds since then, up to now. */
  since: Record<string, { at: number; batch: string }>;
}

export interface Series {
  /** How many evaluations there are. */
  total: number;
  /** The newest, one by one, the oldest of them first. */
  evaluations: SeriesPoint[];
  before: Stretches | null;
  series: CheckSeries[];
}

export type AlertState =
  'open' | 'snoozed' | 'retraining' | 'accepted' | 'dismissed' | 'resolved';

export type DecisionAction = 'retrain' | 'accept' | 'dismiss' | 'snooze';

export interface Decision {
  id: string;
  alert: string;
  action: DecisionAction | (string & {});
  comment: string;
  user: string;
  at: string;
  origin: string;
  run: string | null;
}

export interface Alert {
  id: string;
  /** The path of its monitor. */
  monitor: string;
  name: string;
  state: AlertState;
  opened: string;
  updated: string;
  evaluations: string[];
  checks: {
    check: string;
    measure: string;
    column: string | null;
    value: number | null;
    q?: number | null;
    threshold: JsonValue;
  }[];
  summary: string;
  decisions: Decision[];
  run: string | null;
  snoozed_until: string | null;
  /** How telling a webhook of it went; null where nobody was to be told. */
  delivery: Delivery | null;
}

export interface Delivery {
  state: 'told' | 'failed';
  at: string;
  message: string | null;
}

export interface SparkPoint {
  time: string;
  batch: string;
  value: number | null;
  verdict: Verdict;
}

/** A monitor as lists have it. */
export interface MonitorSummary {
  path: string;
  name: string;
  description: string;
  /** Why the last job did nothing, as a sentence. */
  problem: string | null;
  model: { path: string | null; version: string | null };
  status: MonitorStatus | null;
  /** How many errors its file has. */
  issues: number;
  main: string | null;
  spark: SparkPoint[];
  last: { id: string; batch: string; time: string } | null;
  alert: { id: string; state: AlertState; opened: string } | null;
  schedule: {
    cron: string;
    timezone: string | null;
    next: string | null;
    active: boolean;
  } | null;
  evaluating: boolean;
  refresh: { pipeline: string } | null;
}

export interface Batch {
  id: string;
  bytes: number | null;
  modified: string | null;
  evaluation: string | null;
  status: MonitorStatus | null;
}

/** All that is known of one monitor, apart from its evaluations. */
export type MonitorDetail = Omit<MonitorSummary, 'issues'> & {
  document: MonitorDocument | null;
  sha256: string | null;
  /** The checks in force: those of the file, or the defaults. */
  checks: JsonObject | null;
  issues: Issue[];
  /** The newest of them, the oldest of those first. */
  batches: Batch[];
  batches_total: number;
  /** How many batches are not evaluated. */
  waiting: number;
  versions: { version: string; first: string; last: string }[];
  alerts: Alert[];
  decisions: Decision[];
};

/** A column of a file, and what it seems to be. */
export interface ProposedColumn {
  name: string;
  kind: ColumnKind;
  role: string | null;
  unique: number | null;
  missing: number | null;
  example: JsonValue;
}

export interface Proposal {
  document: MonitorDocument;
  columns: ProposedColumn[];
  notes: string[];
  /** The folder of the data, relative to the server's root. */
  folder: string;
}

/** Whether an alert waits for a person. */
export function isOpen({ state }: { state: AlertState }): boolean {
  return state === 'open';
}

const LETTERS: Readonly<Record<string, Verdict>> = {
  o: 'ok',
  w: 'warn',
  a: 'alert',
  n: 'not_computed',
  e: 'error'
};

/** The verdict that stands at a place of a text of letters. */
export function verdictAt(verdicts: string, index: number): Verdict {
  return LETTERS[verdicts[index] ?? 'n'] ?? 'not_computed';
}

const WEIGHT: Readonly<Record<Verdict, number>> = {
  not_computed: 0,
  ok: 1,
  error: 2,
  warn: 3,
  alert: 4
};

/** How much a verdict weighs beside others. */
export function weight(verdict: Verdict): number {
  return WEIGHT[verdict] ?? 0;
}
