import type { Distribution, GroupRates, Proposal } from '../../model/monitor';
import { timelines } from '../../model/timelines';
import type { Timeline } from '../../model/timelines';
import { documentOf, draftOf } from '../creating';
import { barsOf, distributionSpec, groupsSpec } from '../detailspecs';
import type { Palette } from '../palette';
import { timelineSpec } from '../timelinespec';

const HOSTILE = "a.b['c'] + alert(1) <img src=x>";
const palette: Palette = {
  text: '#111111',
  quiet: '#666666',
  grid: '#dddddd',
  ground: '#ffffff',
  line: '#0000ff',
  ok: '#00ff00',
  warn: '#ff8800',
  alert: '#ff0000',
  font: 'sans-serif',
  size: 13
};

function aTimeline(values: number[], verdicts: string): Timeline {
  const [line] = timelines({
    total: values.length,
    before: null,
    evaluations: values.map((_, index) => ({
      id: `e${index}`,
      batch: HOSTILE,
      time: '2026-11-20T06:00:00.000Z',
      status: 'ok',
      model: null,
      baseline: null
    })),
    series: [
      {
        check: HOSTILE,
        kind: 'drift',
        measure: 'psi',
        column: HOSTILE,
        group: null,
        values,
        verdicts,
        warn: { above: 0.1 },
        alert: { above: 0.25 },
        before: null
      }
    ]
  });
  return line;
}

/** Where a text stands in a value, as paths of keys. */
function placesOf(value: unknown, text: string, path = ''): string[] {
  if (typeof value === 'string') {
    return value.includes(text) ? [path] : [];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key.includes(text) ? [`${path}/${key}`] : []),
    ...placesOf(inner, text, `${path}/${Array.isArray(value) ? '*' : key}`)
  ]);
}

const texts = {
  batch: () => HOSTILE,
  mark: () => HOSTILE,
  verdict: (verdict: string) => verdict,
  batchTitle: 'Batch',
  value: 'Value',
  standing: 'State',
  part: 'Worst'
};

describe('what a file says', () => {
  it('is a value of a chart, never a field, an expression or an address', () => {
    const spec = timelineSpec(
      aTimeline([0.1, 0.2, 0.3], 'owa'),
      [{ at: 1, kind: 'decision', what: HOSTILE, who: HOSTILE }],
      texts,
      palette,
      400
    );
    expect(placesOf(spec, 'alert(1)').length).toBeGreaterThan(0);
    for (const place of placesOf(spec, 'alert(1)')) {
      expect(place).toMatch(/\/data\/values\/|^\/params\/\*\/value\//);
    }
    const groups: GroupRates[] = [
      {
        column: 'sex',
        group: HOSTILE,
        rows: 3,
        selection_rate: 0.5,
        tpr: null,
        fpr: 0.1
      }
    ];
    const rates = { selection_rate: 'a', tpr: 'b', fpr: 'c' };
    const bars = groupsSpec(
      groups,
      { rates, share: 'Rate', group: 'Group' },
      palette,
      400
    );
    for (const place of placesOf(bars, 'alert(1)')) {
      expect(place).toMatch(/^\/data\/values\/|\/scale\/domain\/\*$/);
    }
  });
});

describe('a chart of ten thousand evaluations', () => {
  it('draws a few hundred points, all alarms among them', () => {
    const values = Array.from({ length: 10_000 }, (_, at) => (at % 97) / 100);
    const verdicts = values.map((_, at) => (at === 5000 ? 'a' : 'o')).join('');
    const spec = timelineSpec(
      aTimeline(values, verdicts),
      [],
      { ...texts, batch: String },
      palette,
      400
    ) as { layer: { data: { values: { verdict?: string }[] } }[] };
    const drawn = spec.layer[spec.layer.length - 1].data.values;
    expect(drawn.length).toBeLessThanOrEqual(800);
    expect(drawn.some(({ verdict }) => verdict === 'alert')).toBe(true);
  });
});

describe('a distribution', () => {
  it('names its bins, with open ends', () => {
    const shape: Distribution = {
      kind: 'numeric',
      edges: [0, 10, 20, 30],
      baseline: [0.2, 0.5, 0.3],
      current: [0.1, 0.1, 0.8]
    };
    expect(barsOf(shape, 'rest').map(({ label }) => label)).toEqual([
      '< 10',
      '10 – 20',
      '≥ 20'
    ]);
    const spec = distributionSpec(
      barsOf(shape, 'rest'),
      true,
      {
        baseline: 'Baseline',
        current: 'Now',
        share: 'Share',
        value: 'In',
        rest: 'rest'
      },
      palette,
      300
    ) as { data: { values: object[] } };
    expect(spec.data.values).toHaveLength(6);
  });

  it('keeps the frequent ones of many categories, and all of the shares', () => {
    const shape: Distribution = {
      kind: 'category',
      categories: Array.from({ length: 100 }, (_, at) => `c${at}`),
      baseline: Array.from({ length: 100 }, () => 0.01),
      current: Array.from({ length: 100 }, (_, at) => (at === 99 ? 1 : 0))
    };
    const bars = barsOf(shape, 'rest');
    expect(bars[0].label).toBe('c99');
    expect(bars[bars.length - 1].label).toBe('rest');
    const sum = (key: 'baseline' | 'current') =>
      bars.reduce((total, bar) => total + bar[key], 0);
    expect(sum('baseline')).toBeCloseTo(1);
    expect(sum('current')).toBeCloseTo(1);
  });
});

describe('a proposed monitor', () => {
  const proposal: Proposal = {
    document: {
      version: 1,
      model: { name: 'm', path: 'm.joblib' },
      problem: 'binary',
      columns: {
        features: { age: 'numeric', job: 'category' },
        id: 'id',
        positive: 1
      },
      baseline: { path: 'reference.csv' },
      batches: { path: 'scored/*.csv' }
    },
    columns: ['id', 'age', 'job', 'buys'].map(name => ({
      name,
      kind: name === 'job' ? 'category' : 'numeric',
      role: null,
      unique: null,
      missing: null,
      example: null
    })),
    notes: [],
    folder: ''
  };

  it('takes what the person says of its columns', () => {
    const draft = draftOf(proposal, 'buyers');
    expect(draft.columns.map(({ use }) => use)).toEqual([
      'id',
      'feature',
      'feature',
      'none'
    ]);
    draft.columns[3].use = 'target';
    draft.columns[1].use = 'none';
    const made = documentOf(proposal, draft);
    expect(made.model.name).toBe('buyers');
    expect(made.columns).toEqual({
      features: { job: 'category' },
      id: 'id',
      target: 'buys',
      positive: 1
    });
  });
});
