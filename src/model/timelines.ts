/**
 * The evaluations of a monitor as what its screen draws over time: lines of
 * checks, marks of model versions and decisions. Pure.
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
  /** How many evaluations it goes over; of the older ones not each is a point. */
  count: number;
  /** Oldest first. */
  points: Point[];
  /** Since when it has been beyond its bounds, up to now. */
  since: Since | null;
}

export interface Since {
  at: number;
  batch: string;
}

/** The place of the oldest evaluation that is known by itself. */
export function firstPlace({ total, evaluations }: Series): number {
  return total - evaluations.length;
}

/**
 * Every check as a line, by family, in the order of the server. The metrics of
 * one evaluation tell what the baseline's values are.
 */
export function timelines(
  series: Series,
  metrics: readonly Metric[] = []
): Timeline[] {
  const byCheck = new Map<string, CheckSeries[]>();
  for (const line of series.series) {
    const key = `${line.check}\u0000${line.measure}`;
    const lines = byCheck.get(key);
    if (lines) {
      lines.push(line);
    } else {
      byCheck.set(key, [line]);
    }
  }
  return [...byCheck.values()]
    .map(lines => timeline(lines, series, metrics))
    .sort((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family));
}

function timeline(
  lines: CheckSeries[],
  series: Series,
  metrics: readonly Metric[]
): Timeline {
  const [first] = lines;
  const baseline = metrics.find(({ check }) => check === first.check)?.baseline;
  const { warn, alert } = drawnBounds(
    first,
    lines.length === 1 ? (baseline ?? null) : null
  );
  const bounds = alert ?? warn;
  const newest = newPoints(lines, series, bounds);
  return {
    check: first.check,
    measure: first.measure,
    family: measureOf(first.measure).family,
    warn,
    alert,
    parts: lines.length,
    count: series.total,
    points: [...oldPoints(lines, series, bounds), ...newest],
    since: sinceWhen(first.check, newest, series)
  };
}

function newPoints(
  lines: CheckSeries[],
  series: Series,
  bounds: Bounds | null
): Point[] {
  const first = firstPlace(series);
  return series.evaluations.map((_, index) => ({
    ...worstAt(lines, index, bounds),
    at: first + index
  }));
}

/** Of each stretch of older evaluations the ends of what its worst part was. */
function oldPoints(
  lines: CheckSeries[],
  { before }: Series,
  bounds: Bounds | null
): Point[] {
  return (before?.starts ?? []).flatMap((at, index) => {
    const worst = lines
      .map(line => stretchOf(line, index, at, bounds))
      .reduce((one, next) =>
        isWorse(next.bad, one.bad, lines[0].measure, bounds) ? next : one
      );
    return worst.good === null ? [worst.bad] : [worst.good, worst.bad];
  });
}

/** The ends of a stretch: the one that was judged, and the other, where it is another. */
function stretchOf(
  { before, measure, column, group }: CheckSeries,
  index: number,
  at: number,
  bounds: Bounds | null
): { bad: Point; good: Point | null } {
  const part = column ?? group;
  const verdict = verdictAt(before?.verdicts ?? '', index);
  const low = before?.low[index] ?? null;
  const high = before?.high[index] ?? null;
  if (low === null || high === null || low === high) {
    return { bad: { at, value: low ?? high, verdict, part }, good: null };
  }
  const isHighBad =
    badness(high, measure, bounds) >= badness(low, measure, bounds);
  const [bad, good] = isHighBad ? [high, low] : [low, high];
  return {
    bad: { at, value: bad, verdict, part },
    good: { at, value: good, verdict: 'ok', part }
  };
}

/** The first of the evaluations, up to the newest, that are all beyond. */
function sinceWhen(
  check: string,
  newest: readonly Point[],
  { before, evaluations }: Series
): Since | null {
  if (before && Object.hasOwn(before.since, check)) {
    return before.since[check];
  }
  let first: Since | null = null;
  for (let index = newest.length - 1; index >= 0; index -= 1) {
    const { at, verdict } = newest[index];
    if (verdict === 'alert') {
      first = { at, batch: evaluations[index].batch };
    } else if (verdict !== 'not_computed') {
      break;
    }
  }
  return first;
}

/** Of some lines of a check the worst, at one of the newest evaluations. */
export function worstAt(
  lines: CheckSeries[],
  index: number,
  bounds: Bounds | null
): Point {
  let worst = pointOf(lines[0], index);
  for (const line of lines.slice(1)) {
    const next = pointOf(line, index);
    if (isWorse(next, worst, line.measure, bounds)) {
      worst = next;
    }
  }
  return worst;
}

function pointOf(line: CheckSeries, index: number): Point {
  return {
    at: index,
    value: line.values[index] ?? null,
    verdict: verdictAt(line.verdicts, index),
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

export function marks(series: Series, decisions: readonly Decision[]): Mark[] {
  const { evaluations, before } = series;
  const first = firstPlace(series);
  const found: Mark[] = (before?.changes ?? []).map(change => ({
    ...change,
    who: null
  }));
  for (let index = 1; index < evaluations.length; index += 1) {
    const [older, newer] = [evaluations[index - 1], evaluations[index]];
    for (const kind of ['model', 'baseline'] as const) {
      const what = newer[kind];
      if (older[kind] && what && older[kind] !== what) {
        found.push({ at: first + index, kind, what, who: null });
      }
    }
  }
  for (const { at: time, action, user } of decisions) {
    found.push({
      at: placeAfter(series, time),
      kind: 'decision',
      what: action,
      who: user
    });
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The place of the first evaluation after a time, as far as it is known. */
function placeAfter(series: Series, time: string): number {
  const { before, evaluations, total } = series;
  const old = before?.times.findIndex(one => one > time) ?? -1;
  if (before && old >= 0) {
    return before.starts[old];
  }
  const next = evaluations.findIndex(one => one.time > time);
  return next < 0 ? total : firstPlace(series) + next;
}
