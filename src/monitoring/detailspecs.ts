/**
 * What one evaluation looks like, as Vega-Lite: a feature's distribution, the
 * confusion matrix, the ROC curve, the rates of groups.
 */
import type { JsonValue } from '../model/document';
import type { Detail, Distribution, GroupRates } from '../model/monitor';
import { configOf } from './palette';
import type { Palette } from './palette';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json';
const MOST_BARS = 30;

export interface DistributionTexts {
  baseline: string;
  current: string;
  share: string;
  value: string;
  rest: string;
}

/** A bar: a bin or a category, and its two shares. */
export interface Bar {
  label: string;
  baseline: number;
  current: number;
}

/** The bars of a distribution; of many categories the most frequent, and the rest. */
export function barsOf(shape: Distribution, rest: string): Bar[] {
  if (shape.kind === 'numeric') {
    return shape.baseline.map((baseline, index) => ({
      label: binLabel(shape.edges, index, shape.baseline.length),
      baseline,
      current: shape.current[index] ?? 0
    }));
  }
  const bars = shape.categories.map((label, index) => ({
    label: String(label).slice(0, 60),
    baseline: shape.baseline[index] ?? 0,
    current: shape.current[index] ?? 0
  }));
  if (bars.length <= MOST_BARS) {
    return bars;
  }
  const weight = (bar: Bar) => Math.max(bar.baseline, bar.current);
  bars.sort((a, b) => weight(b) - weight(a));
  const others = bars.slice(MOST_BARS);
  const sum = (key: 'baseline' | 'current') =>
    others.reduce((total, bar) => total + bar[key], 0);
  return [
    ...bars.slice(0, MOST_BARS),
    { label: rest, baseline: sum('baseline'), current: sum('current') }
  ];
}

/** "31 – 38"; the outer bins are open. Edges may be inner ones, or all. */
function binLabel(
  edges: readonly number[],
  index: number,
  bins: number
): string {
  const hasEnds = edges.length === bins + 1;
  const low = hasEnds ? edges[index] : edges[index - 1];
  const high = hasEnds ? edges[index + 1] : edges[index];
  if (index === 0 && high !== undefined) {
    return `< ${short(high)}`;
  }
  if (index === bins - 1 && low !== undefined) {
    return `≥ ${short(low)}`;
  }
  return `${short(low)} – ${short(high)}`;
}

function short(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(3)));
}

export function distributionSpec(
  bars: readonly Bar[],
  isRange: boolean,
  texts: DistributionTexts,
  palette: Palette,
  width: number
): object {
  const values = bars.flatMap(({ label, baseline, current }) => [
    { label, who: texts.baseline, share: baseline },
    { label, who: texts.current, share: current }
  ]);
  return {
    $schema: SCHEMA,
    width,
    height: 170,
    autosize: { type: 'fit', contains: 'padding' },
    config: configOf(palette),
    data: { values },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'label',
        type: 'nominal',
        sort: null,
        axis: {
          title: null,
          // Ranges leave each other room; of categories each must be named.
          labelAngle: isRange || bars.length <= 6 ? 0 : -35,
          labelOverlap: isRange ? 'parity' : false,
          labelLimit: 110
        },
        scale: { paddingInner: 0.25 }
      },
      xOffset: {
        field: 'who',
        sort: null,
        scale: { domain: [texts.baseline, texts.current] }
      },
      y: {
        field: 'share',
        type: 'quantitative',
        axis: { title: null, format: '.0%', tickCount: 4 }
      },
      color: {
        field: 'who',
        type: 'nominal',
        legend: { title: null },
        scale: {
          domain: [texts.baseline, texts.current],
          range: [palette.quiet, palette.line]
        }
      },
      opacity: {
        condition: {
          test: { field: 'who', equal: texts.baseline },
          value: 0.45
        },
        value: 1
      },
      tooltip: [
        { field: 'who', type: 'nominal', title: texts.value },
        { field: 'label', type: 'nominal', title: ' ' },
        {
          field: 'share',
          type: 'quantitative',
          title: texts.share,
          format: '.1%'
        }
      ]
    }
  };
}

/** A class as a chart names it. */
export function labelText(label: JsonValue): string {
  return typeof label === 'string' ? label : JSON.stringify(label);
}

export interface ConfusionTexts {
  actual: string;
  predicted: string;
  rows: string;
}

export function confusionSpec(
  confusion: NonNullable<Detail['confusion']>,
  texts: ConfusionTexts,
  palette: Palette,
  width: number
): object {
  const labels = confusion.labels.map(labelText);
  const values = confusion.matrix.flatMap((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      actual: labels[actual],
      predicted: labels[predicted],
      count,
      share: total > 0 ? count / total : 0
    }));
  });
  const x = {
    field: 'predicted',
    type: 'nominal',
    sort: null,
    axis: { title: texts.predicted, labelAngle: 0, orient: 'top' }
  };
  const y = {
    field: 'actual',
    type: 'nominal',
    sort: null,
    axis: { title: texts.actual }
  };
  return {
    $schema: SCHEMA,
    width: Math.min(width, 80 + labels.length * 90),
    height: Math.min(320, 50 + labels.length * 56),
    autosize: { type: 'fit', contains: 'padding' },
    config: configOf(palette),
    data: { values },
    layer: [
      {
        mark: { type: 'rect', color: palette.line, stroke: palette.ground },
        encoding: {
          x,
          y,
          opacity: {
            field: 'share',
            type: 'quantitative',
            legend: null,
            scale: { domain: [0, 1], range: [0.04, 0.55] }
          },
          tooltip: [
            { field: 'actual', type: 'nominal', title: texts.actual },
            { field: 'predicted', type: 'nominal', title: texts.predicted },
            { field: 'count', type: 'quantitative', title: texts.rows }
          ]
        }
      },
      {
        mark: { type: 'text', color: palette.text, fontSize: palette.size },
        encoding: { x, y, text: { field: 'count', type: 'quantitative' } }
      }
    ]
  };
}

export interface RocTexts {
  fpr: string;
  tpr: string;
}

export function rocSpec(
  roc: NonNullable<Detail['roc']>,
  texts: RocTexts,
  palette: Palette,
  width: number
): object {
  const axisOf = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, 1], nice: false },
    axis: { title, tickCount: 3, format: '.0%' }
  });
  const side = Math.min(width, 260);
  return {
    $schema: SCHEMA,
    width: side,
    height: side * 0.85,
    autosize: { type: 'fit', contains: 'padding' },
    config: configOf(palette),
    layer: [
      {
        data: {
          values: [
            { x: 0, y: 0 },
            { x: 1, y: 1 }
          ]
        },
        mark: { type: 'line', color: palette.quiet, strokeDash: [3, 3] },
        encoding: { x: axisOf('x', texts.fpr), y: axisOf('y', texts.tpr) }
      },
      {
        data: {
          values: roc.fpr.map((x, at) => ({ x, y: roc.tpr[at], at }))
        },
        mark: { type: 'line', color: palette.line, strokeWidth: 2 },
        encoding: {
          x: axisOf('x', texts.fpr),
          y: axisOf('y', texts.tpr),
          order: { field: 'at' },
          tooltip: [
            {
              field: 'x',
              type: 'quantitative',
              title: texts.fpr,
              format: '.3f'
            },
            {
              field: 'y',
              type: 'quantitative',
              title: texts.tpr,
              format: '.3f'
            }
          ]
        }
      }
    ]
  };
}

export interface GroupTexts {
  rates: Readonly<Record<'selection_rate' | 'tpr' | 'fpr', string>>;
  share: string;
  group: string;
}

const RATES = ['selection_rate', 'tpr', 'fpr'] as const;

export function groupsSpec(
  groups: readonly GroupRates[],
  texts: GroupTexts,
  palette: Palette,
  width: number
): object {
  const values = groups.flatMap(one =>
    RATES.filter(rate => one[rate] !== null).map(rate => ({
      group: one.group.slice(0, 60),
      rate: texts.rates[rate],
      share: one[rate]
    }))
  );
  const names = [...new Set(values.map(({ group }) => group))];
  return {
    $schema: SCHEMA,
    width: Math.min(width, 420),
    height: 150,
    autosize: { type: 'fit', contains: 'padding' },
    config: configOf(palette),
    data: { values },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'rate',
        type: 'nominal',
        sort: null,
        axis: { title: null, labelAngle: 0, labelLimit: 130 },
        scale: { paddingInner: 0.3 }
      },
      xOffset: { field: 'group', sort: null, scale: { domain: names } },
      y: {
        field: 'share',
        type: 'quantitative',
        scale: { domain: [0, 1] },
        axis: { title: null, format: '.0%', tickCount: 4 }
      },
      color: {
        field: 'group',
        type: 'nominal',
        sort: null,
        legend: { title: null },
        scale: {
          domain: names,
          range: [palette.line, palette.quiet, palette.ok, palette.warn]
        }
      },
      tooltip: [
        { field: 'group', type: 'nominal', title: texts.group },
        { field: 'rate', type: 'nominal', title: ' ' },
        {
          field: 'share',
          type: 'quantitative',
          title: texts.share,
          format: '.1%'
        }
      ]
    }
  };
}
