/** The map of features and batches: where a monitor's drift is, and since when. Pure. */
import { measureOf } from './measures';
import type { CheckSeries, Series, Verdict } from './monitor';
import { worstAt } from './timelines';

export interface HeatCell {
  /** Which of the newest evaluations. */
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
