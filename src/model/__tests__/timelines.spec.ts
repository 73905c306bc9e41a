import fc from 'fast-check';

import type {
  CheckSeries,
  Decision,
  Metric,
  Series,
  Verdict
} from '../monitor';
import { heatChecks, heatRows } from '../heatmap';
import { marks, thinned, timelines } from '../timelines';
import type { Point } from '../timelines';

function aLine(changed: Partial<CheckSeries> = {}): CheckSeries {
  return {
    check: 'auc',
    kind: 'quality',
    measure: 'roc_auc',
    column: null,
    group: null,
    values: [0.9, 0.8, 0.7],
    verdicts: 'owa',
    warn: { below: 0.85 },
    alert: { below: 0.75 },
    before: null,
    ...changed
  };
}

function aSeries(series: CheckSeries[], models = ['m1', 'm1', 'm2']): Series {
  return {
    total: models.length,
    before: null,
    evaluations: models.map((model, index) => ({
      id: `e${index}`,
      batch: `scored/0${index}.csv`,
      time: `2026-11-2${index}T06:00:00.000Z`,
      status: 'ok',
      model,
      baseline: 'b'
    })),
    series
  };
}

const verdict = fc.constantFrom<Verdict>(
  'ok',
  'warn',
  'alert',
  'not_computed',
  'error'
);
const points = fc
  .array(
    fc.record({
      value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      verdict
    }),
    { maxLength: 3000 }
  )
  .map(all => all.map((one, at): Point => ({ ...one, at, part: null })));

describe('thinned', () => {
  it('keeps the lowest, the highest and every kind of alarm there is', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 3, max: 400 }), (all, most) => {
        const kept = thinned(all, most);
        const shown = all.filter(({ value }) => value !== null);
        expect(kept.length).toBeLessThanOrEqual(
          Math.max(most, Math.floor(most / 3) * 3)
        );
        expect(kept).toEqual([...kept].sort((a, b) => a.at - b.at));
        const values = (some: readonly Point[]) =>
          some.map(({ value }) => value ?? 0);
        if (shown.length > 0) {
          expect(Math.min(...values(kept))).toBe(Math.min(...values(shown)));
          expect(Math.max(...values(kept))).toBe(Math.max(...values(shown)));
        }
        const has = (some: readonly Point[]) =>
          some.some(one => one.verdict === 'alert');
        expect(has(kept)).toBe(has(shown));
      })
    );
  });

  it('leaves out nothing that has room', () => {
    const few: Point[] = [1, 2, 3].map(at => ({
      at,
      value: at,
      verdict: 'ok',
      part: null
    }));
    expect(thinned(few, 100)).toEqual(few);
  });
});

describe('timelines', () => {
  it('keeps estimated quality apart from what was measured', () => {
    const all = timelines(
      aSeries([
        aLine({ check: 'guess', measure: 'estimated_accuracy' }),
        aLine()
      ])
    );
    expect(all.map(({ family }) => family)).toEqual(['quality', 'estimate']);
  });

  it('shows of many features the worst, and says which it is', () => {
    const drift = (column: string, values: number[], verdicts: string) =>
      aLine({
        check: 'psi',
        measure: 'psi',
        column,
        values,
        verdicts,
        warn: null,
        alert: { above: 0.2 }
      });
    const [line] = timelines(
      aSeries([
        drift('age', [0.1, 0.05, 0.3], 'ooa'),
        drift('sex', [0.02, 0.1, 0.9], 'oon')
      ])
    );
    expect(line.parts).toBe(2);
    expect(line.points.map(({ part }) => part)).toEqual(['age', 'sex', 'age']);
  });

  it('draws no bounds of a p-value on the axis of the values', () => {
    const [quality, drift] = timelines(
      aSeries([
        aLine({ mode: 'p_value', effect: { below: -0.05 } }),
        aLine({
          check: 'ks',
          measure: 'ks',
          mode: 'p_value',
          alert: { below: 0.01 },
          effect: { above: 0.1 }
        })
      ])
    );
    expect(quality.alert).toBeNull();
    expect(drift.alert).toEqual({ above: 0.1 });
  });

  it('draws what is held against the baseline where that is known', () => {
    const metric = { check: 'auc', baseline: 0.9 } as Metric;
    const bounds = (changed: Partial<CheckSeries>) =>
      timelines(aSeries([aLine(changed)]), [metric])[0].alert?.below;
    const effect = { below: -0.05 };
    expect(bounds({ mode: 'p_value', effect })).toBeCloseTo(0.85);
    expect(bounds({ mode: 'delta', alert: { below: -0.1 } })).toBeCloseTo(0.8);
    const [errors] = timelines(
      aSeries([
        aLine({ measure: 'mae', mode: 'p_value', effect: { above: 0.1 } })
      ]),
      [{ ...metric, baseline: 20 }]
    );
    expect(errors.alert?.above).toBeCloseTo(22);
  });

  it('tells since when a check is beyond its bounds', () => {
    const sinceOf = (verdicts: string) =>
      timelines(aSeries([aLine({ verdicts })]))[0].since;
    expect(sinceOf('aoa')).toEqual({ at: 2, batch: 'scored/02.csv' });
    expect(sinceOf('oan')).toEqual({ at: 1, batch: 'scored/01.csv' });
    expect(sinceOf('aao')).toBeNull();
  });
});

describe('what is long ago', () => {
  const before = {
    starts: [0, 10],
    batches: ['2019-01.csv', '2019-11.csv'],
    times: ['2026-09-01T06:00:00.000Z', '2026-10-01T06:00:00.000Z'],
    changes: [{ at: 12, kind: 'model' as const, what: 'm1' }],
    since: {}
  };
  const long = (lines: CheckSeries[]) => ({
    ...aSeries(lines),
    total: 23,
    before
  });
  const old = (low: number[], high: number[], verdicts: string) =>
    aLine({ before: { low, high, verdicts } });

  it('is drawn as the ends of stretches, the bad one with what it was judged', () => {
    const [line] = timelines(long([old([0.7, 0.9], [0.95, 0.9], 'ao')]));
    expect(line.count).toBe(23);
    expect(line.points.slice(0, 3)).toEqual([
      { at: 0, value: 0.95, verdict: 'ok', part: null },
      { at: 0, value: 0.7, verdict: 'alert', part: null },
      { at: 10, value: 0.9, verdict: 'ok', part: null }
    ]);
    expect(line.points.slice(3).map(({ at }) => at)).toEqual([20, 21, 22]);
  });

  it('shows of many features the worst', () => {
    const drift = (column: string, high: number, verdict: string) => ({
      ...old([0, 0], [high, 0.1], `${verdict}o`),
      check: 'psi',
      measure: 'psi',
      column,
      alert: { above: 0.2 }
    });
    const [line] = timelines(
      long([drift('age', 0.3, 'a'), drift('sex', 0.9, 'n')])
    );
    expect(line.points[1]).toEqual({
      at: 0,
      value: 0.3,
      verdict: 'alert',
      part: 'age'
    });
  });

  it('may be when it began', () => {
    const since = { auc: { at: 7, batch: '2019-08.csv' } };
    const series = { ...long([aLine()]), before: { ...before, since } };
    expect(timelines(series)[0].since).toEqual(since.auc);
  });

  it('has marks, too', () => {
    const decision = (at: string) =>
      ({ at, action: 'accept', user: 'Ada' }) as Decision;
    const found = marks(long([aLine()]), [
      decision('2026-09-15T06:00:00.000Z'),
      decision('2026-10-15T06:00:00.000Z'),
      decision('2026-11-23T06:00:00.000Z')
    ]);
    expect(found.map(({ at, kind }) => [at, kind])).toEqual([
      [10, 'decision'],
      [12, 'model'],
      [20, 'decision'],
      [22, 'model'],
      [23, 'decision']
    ]);
  });
});

describe('marks', () => {
  it('stand before the evaluation that they precede', () => {
    const decision = { at: '2026-11-20T12:00:00.000Z', action: 'accept' };
    const found = marks(aSeries([aLine()]), [
      { ...decision, user: 'Ada' } as Decision
    ]);
    expect(found).toEqual([
      { at: 1, kind: 'decision', what: 'accept', who: 'Ada' },
      { at: 2, kind: 'model', what: 'm2', who: null }
    ]);
  });
});

describe('the map of features', () => {
  it('begins with drift, and with what is beyond its bounds', () => {
    const series = aSeries([
      aLine({ check: 'missing', measure: 'missing', column: 'age' }),
      aLine({
        check: 'psi',
        measure: 'psi',
        column: 'age',
        verdicts: 'ooo'
      }),
      aLine({
        check: 'psi',
        measure: 'psi',
        column: 'job',
        verdicts: 'ooa'
      })
    ]);
    expect(heatChecks(series)).toEqual(['psi', 'missing']);
    const rows = heatRows(series, ['psi'], 2);
    expect(rows.map(({ column }) => column)).toEqual(['job', 'age']);
    expect(rows[0].cells.map(({ at }) => at)).toEqual([1, 2]);
  });
});
