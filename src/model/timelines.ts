/**
 * The evaluations of a monitor as what its screen draws: lines of checks, marks
 * of model versions and decisions, the map of features and batches. Pure.
 */
import { badness, drawnBounds, FAMILIES, measureOf } from './measures';
import type { Family } from './measures';
import { verdictAt, weight } from './monitor';
import type {
  Bounds,
  CheckSeries,
  Decision,
  Metric,
  Series,
  SeriesPoint,
  Verdict
} from './monitor';

/** A value on a line; of a check with many columns the worst of them. */
export interface Point {
  /** Which evaluation, counted from the oldest. */
  at: number;
  value: number | null;
  verdict: Verdict;
  /** The feature or group it belongs to; null of the whole batch. */
  part: string | null;
}

/** The chart of one check. */
export interface Timeline {
  check: string;
  measure: string;
  family: Family;
  warn: Bounds | null;
  alert: Bounds | null;
  /** How many features or groups it watches. */
  parts: number;
  points: Point[];
}

/**
 * Every check as a line, by family, in the order of the server. The metrics of
 * one evaluation tell what the baseline's values are.
 */
export function timelines(
  { evaluations, series }: Series,
  metrics: readonly Metric[] = []
): Timeline[] {
  const byCheck = new Map<string, CheckSeries[]>();
  for (const line of series) {
    const key = `${line.check}\u0000${line.measure}`;
    const lines = byCheck.get(key);
    if (lines) {
      lines.push(line);
    } else {
      byCheck.set(key, [line]);
    }
  }
  return [...byCheck.values()]
    .map(lines => timeline(lines, evaluations.length, metrics))
    .sort((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family));
}

function timeline(
  lines: CheckSeries[],
  count: number,
  metrics: readonly Metric[]
): Timeline {
  const [first] = lines;
  const baseline = metrics.find(({ check }) => check === first.check)?.baseline;
  const { warn, alert } = drawnBounds(
    first,
    lines.length === 1 ? (baseline ?? null) : null
  );
  return {
    check: first.check,
    measure: first.measure,
    family: measureOf(first.measure).family,
    warn,
    alert,
    parts: lines.length,
    points: Array.from({ length: count }, (_, at) =>
      worstAt(lines, at, alert ?? warn)
    )
  };
}

function worstAt(
  lines: CheckSeries[],
  at: number,
  bounds: Bounds | null
): Point {
  let worst = pointOf(lines[0], at);
  for (const line of lines.slice(1)) {
    const next = pointOf(line, at);
    if (isWorse(next, worst, line.measure, bounds)) {
      worst = next;
    }
  }
  return worst;
}

function pointOf(line: CheckSeries, at: number): Point {
  return {
    at,
    value: line.values[at] ?? null,
    verdict: verdictAt(line, at),
    part: line.column ?? line.group
  };
}

function isWorse(
  next: Point,
  worst: Point,
  measure: string,
  bounds: Bounds | null
): boolean {
  const difference = weight(next.verdict) - weight(worst.verdict);
  if (difference !== 0) {
    return difference > 0;
  }
  if (next.value === null || worst.value === null) {
    return next.value !== null;
  }
  return (
    badness(next.value, measure, bounds) > badness(worst.value, measure, bounds)
  );
}

/**
 * The points that a line of so many pixels can show: of each stretch the
 * lowest, the highest and what is judged worst; nothing that would be seen is
 * left out.
 */
export function thinned(points: readonly Point[], most: number): Point[] {
  const shown = points.filter(({ value }) => value !== null);
  if (shown.length <= most) {
    return shown;
  }
  const stretch = Math.ceil(shown.length / Math.max(1, Math.floor(most / 3)));
  const kept: Point[] = [];
  for (let from = 0; from < shown.length; from += stretch) {
    const part = shown.slice(from, from + stretch);
    const chosen = new Set([
      part.reduce((a, b) => (valueOf(b) < valueOf(a) ? b : a)),
      part.reduce((a, b) => (valueOf(b) > valueOf(a) ? b : a)),
      part.reduce((a, b) => (weight(b.verdict) > weight(a.verdict) ? b : a))
    ]);
    kept.push(...part.filter(point => chosen.has(point)));
  }
  return kept;
}

function valueOf({ value }: Point): number {
  return value ?? 0;
}

/** Something that happened between two evaluations. */
export interface Mark {
  /** Before which evaluation; may lie after the last. */
  at: number;
  kind: 'model' | 'baseline' | 'decision';
  /** The version, or the action. */
  what: string;
  who: string | null;
}

export function marks(
  evaluations: readonly SeriesPoint[],
  decisions: readonly Decision[]
): Mark[] {
  const found: Mark[] = [];
  for (let at = 1; at < evaluations.length; at += 1) {
    const [before, after] = [evaluations[at - 1], evaluations[at]];
    if (before.model && after.model && before.model !== after.model) {
      found.push({ at, kind: 'model', what: after.model, who: null });
    }
    if (
      before.baseline &&
      after.baseline &&
      before.baseline !== after.baseline
    ) {
      found.push({ at, kind: 'baseline', what: after.baseline, who: null });
    }
  }
  for (const { at: time, action, user } of decisions) {
    const next = evaluations.findIndex(one => one.time > time);
    found.push({
      at: next < 0 ? evaluations.length : next,
      kind: 'decision',
      what: action,
      who: user
    });
  }
  return found.sort((a, b) => a.at - b.at);
}

export interface HeatCell {
  at: number;
  value: number | null;
  verdict: Verdict;
}

export interface HeatRow {
  column: string;
  cells: HeatCell[];
}

/** The checks that have a value for each feature. */
export function heatChecks({ series }: Series): string[] {
  const counted = series.filter(
    line => line.column !== null && measureOf(line.measure).perColumn
  );
  const names = [...new Set(counted.map(({ check }) => check))];
  const isDrift = (check: string) =>
    counted.some(
      line => line.check === check && measureOf(line.measure).family === 'drift'
    );
  return [...names.filter(isDrift), ...names.filter(name => !isDrift(name))];
}

/** Feature by batch, the newest `most` batches; what drifted last stands first. */
export function heatRows(
  { evaluations, series }: Series,
  checks: readonly string[],
  most: number
): HeatRow[] {
  const from = Math.max(0, evaluations.length - most);
  const byColumn = new Map<string, CheckSeries[]>();
  for (const line of series) {
    if (line.column !== null && checks.includes(line.check)) {
      byColumn.set(line.column, [...(byColumn.get(line.column) ?? []), line]);
    }
  }
  const rows = [...byColumn].map(([column, lines]) => ({
    column,
    cells: Array.from({ length: evaluations.length - from }, (_, index) => {
      const { at, value, verdict } = worstAt(lines, from + index, null);
      return { at, value, verdict };
    })
  }));
  return rows.sort((a, b) => concern(b) - concern(a));
}

/** Recent alerts weigh most. */
function concern({ cells }: HeatRow): number {
  return cells.reduce(
    (sum, { verdict }, index) =>
      sum +
      (index + 1) * (verdict === 'alert' ? 10 : verdict === 'warn' ? 1 : 0),
    0
  );
}

/** The first of the evaluations, up to the newest, that are all beyond. */
export function since(line: Timeline): number | null {
  let first: number | null = null;
  for (let index = line.points.length - 1; index >= 0; index -= 1) {
    const { verdict } = line.points[index];
    if (verdict === 'alert') {
      first = index;
    } else if (verdict !== 'not_computed') {
      break;
    }
  }
  return first;
}
