import fc from 'fast-check';

import type {
  CheckSeries,
  Decision,
  Metric,
  Series,
  Verdict
} from '../monitor';
import {
  heatChecks,
  heatRows,
  marks,
  since,
  thinned,
  timelines
} from '../timelines';
import type { Point } from '../timelines';

function aLine(changed: Partial<CheckSeries> = {}): CheckSeries {
  return {
    check: 'auc',
    kind: 'quality',
    measure: 'roc_auc',
    column: null,
    group: null,
    values: [0.9, 0.8, 0.7],
    verdicts: ['o', 'w', 'a'],
    warn: { below: 0.85 },
    alert: { below: 0.75 },
    ...changed
  };
}

function aSeries(series: CheckSeries[], models = ['m1', 'm1', 'm2']): Series {
  return {
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
    const drift = (column: string, values: number[], verdicts: string[]) =>
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
        drift('age', [0.1, 0.05, 0.3], ['o', 'o', 'a']),
        drift('sex', [0.02, 0.1, 0.9], ['o', 'o', 'n'])
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
    const [line] = timelines(aSeries([aLine({ verdicts: ['a', 'o', 'a'] })]));
    expect(since(line)).toBe(2);
    const [quiet] = timelines(aSeries([aLine({ verdicts: 'aao' })]));
    expect(since(quiet)).toBeNull();
  });
});

describe('marks', () => {
  it('stand before the evaluation that they precede', () => {
    const decision = { at: '2026-11-20T12:00:00.000Z', action: 'accept' };
    const found = marks(aSeries([aLine()]).evaluations, [
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
        verdicts: ['o', 'o', 'o']
      }),
      aLine({
        check: 'psi',
        measure: 'psi',
        column: 'job',
        verdicts: ['o', 'o', 'a']
      })
    ]);
    expect(heatChecks(series)).toEqual(['psi', 'missing']);
    const rows = heatRows(series, ['psi'], 2);
    expect(rows.map(({ column }) => column)).toEqual(['job', 'age']);
    expect(rows[0].cells.map(({ at }) => at)).toEqual([1, 2]);
  });
});
