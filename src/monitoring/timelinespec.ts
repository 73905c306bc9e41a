/**
 * A check over time as Vega-Lite: its line, the bounds as bands, what is beyond
 * them as points, and marks where a model version or a decision stands.
 *
 * Names from files are values of data, never fields, expressions or addresses.
 */
import type { Bounds } from '../model/monitor';
import { thinned } from '../model/timelines';
import type { Mark, Timeline } from '../model/timelines';
import { configOf } from './palette';
import type { Palette } from './palette';

export interface TimelineTexts {
  /** The name of the batch at a place. */
  batch: (at: number) => string;
  /** A mark in words. */
  mark: (mark: Mark) => string;
  verdict: (verdict: string) => string;
  batchTitle: string;
  value: string;
  standing: string;
  part: string;
}

const HEIGHT = 96;
const MOST_LABELS = 12;
/** From so many on, points are seen only where something is beyond its bounds. */
const MANY = 400;

export function timelineSpec(
  line: Timeline,
  marks: readonly Mark[],
  texts: TimelineTexts,
  palette: Palette,
  width: number
): object {
  const { count } = line;
  const points = thinned(line.points, Math.max(60, width * 2));
  const values = points.map(({ at, value, verdict, part }) => ({
    x: at + 1,
    y: value,
    verdict,
    size: sizeOf(verdict, count),
    batch: texts.batch(at),
    standing: texts.verdict(verdict),
    part: part ?? ''
  }));
  const [low, high] = domain(
    values.map(({ y }) => y ?? 0),
    line
  );
  const places = ticks(count);
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { domain: [0.5, count + 0.5], nice: false },
    axis: axis(places)
  };
  const y = {
    field: 'y',
    type: 'quantitative',
    scale: { domain: [low, high], nice: false, zero: false },
    axis: { title: null, tickCount: 4, format: '.3~g' }
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width,
    height: HEIGHT,
    padding: { left: 2, right: 8, top: 4, bottom: 2 },
    autosize: { type: 'fit', contains: 'padding' },
    config: configOf(palette),
    params: [
      { name: 'places', value: places },
      { name: 'names', value: places.map(place => texts.batch(place - 1)) }
    ],
    layer: [
      ...bands(line.warn, [low, high], palette.warn, line.alert),
      ...bands(line.alert, [low, high], palette.alert, null),
      ...markLayers(marks, texts, x, palette),
      {
        data: { values: values.map(({ x, y }) => ({ x, y })) },
        mark: {
          type: 'line',
          color: palette.line,
          strokeWidth: count > MANY ? 1 : 1.6,
          interpolate: 'linear'
        },
        encoding: { x, y }
      },
      {
        data: { values: values.filter(({ size }) => size > 0) },
        mark: { type: 'point', filled: true, opacity: 1 },
        encoding: {
          x,
          y,
          color: verdictColor(palette),
          shape: verdictShape(),
          size: {
            field: 'size',
            type: 'quantitative',
            scale: null,
            legend: null
          },
          tooltip: tooltip(line, texts)
        }
      }
    ]
  };
}

function tooltip(line: Timeline, texts: TimelineTexts): object[] {
  return [
    { field: 'batch', type: 'nominal', title: texts.batchTitle },
    { field: 'y', type: 'quantitative', title: texts.value, format: '.4~g' },
    { field: 'standing', type: 'nominal', title: texts.standing },
    ...(line.parts > 1
      ? [{ field: 'part', type: 'nominal', title: texts.part }]
      : [])
  ];
}

/** The places that are named below the chart. */
function ticks(count: number): number[] {
  const step = Math.max(1, Math.ceil(count / MOST_LABELS));
  return Array.from(
    { length: Math.ceil(count / step) },
    (_, index) => 1 + index * step
  );
}

function axis(places: readonly number[]): object {
  return {
    title: null,
    grid: false,
    values: places,
    labelExpr: 'names[indexof(places, datum.value)]',
    labelLimit: 90,
    labelOverlap: true,
    tickSize: 3
  };
}

/** The values and their bounds, with some room. */
function domain(values: readonly number[], line: Timeline): [number, number] {
  const all = [...values];
  for (const bounds of [line.warn, line.alert]) {
    all.push(
      ...[bounds?.below, bounds?.above, ...(bounds?.outside ?? [])].filter(
        value => value !== undefined
      )
    );
  }
  let low = Infinity;
  let high = -Infinity;
  for (const value of all) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!Number.isFinite(low)) {
    return [0, 1];
  }
  const room = (high - low || Math.abs(high) || 1) * 0.12;
  return [low - room, high + room];
}

/** The area beyond bounds; a warning's ends where the alert's begins. */
function bands(
  bounds: Bounds | null,
  [low, high]: [number, number],
  color: string,
  inner: Bounds | null
): object[] {
  if (!bounds) {
    return [];
  }
  const lower = bounds.below ?? bounds.outside?.[0];
  const upper = bounds.above ?? bounds.outside?.[1];
  const innerLower = inner?.below ?? inner?.outside?.[0] ?? low;
  const innerUpper = inner?.above ?? inner?.outside?.[1] ?? high;
  const areas = [];
  const lines = [];
  if (lower !== undefined) {
    areas.push({ from: Math.min(innerLower, lower), to: lower });
    lines.push({ at: lower });
  }
  if (upper !== undefined) {
    areas.push({ from: upper, to: Math.max(innerUpper, upper) });
    lines.push({ at: upper });
  }
  return [
    {
      data: { values: areas },
      mark: { type: 'rect', color, opacity: 0.1 },
      encoding: {
        y: { field: 'from', type: 'quantitative' },
        y2: { field: 'to' }
      }
    },
    {
      data: { values: lines },
      mark: { type: 'rule', color, strokeDash: [4, 3], opacity: 0.9 },
      encoding: { y: { field: 'at', type: 'quantitative' } }
    }
  ];
}

function markLayers(
  marks: readonly Mark[],
  texts: TimelineTexts,
  x: object,
  palette: Palette
): object[] {
  if (marks.length === 0) {
    return [];
  }
  const values = marks.map(mark => ({
    x: mark.at + 0.5,
    kind: mark.kind,
    words: texts.mark(mark),
    sign: mark.kind === 'decision' ? '◆' : mark.kind === 'model' ? '▼' : '■'
  }));
  return [
    {
      data: { values },
      mark: {
        type: 'rule',
        color: palette.quiet,
        strokeDash: [2, 2],
        opacity: 0.8
      },
      encoding: { x }
    },
    {
      data: { values },
      mark: {
        type: 'text',
        color: palette.text,
        fontSize: 10,
        baseline: 'top'
      },
      encoding: {
        x,
        y: { value: 0 },
        text: { field: 'sign', type: 'nominal' },
        tooltip: { field: 'words', type: 'nominal' }
      }
    }
  ];
}

const VERDICTS = ['ok', 'warn', 'alert', 'not_computed', 'error'];

function verdictColor(palette: Palette): object {
  return {
    field: 'verdict',
    type: 'nominal',
    legend: null,
    scale: {
      domain: VERDICTS,
      range: [
        palette.line,
        palette.warn,
        palette.alert,
        palette.quiet,
        palette.quiet
      ]
    }
  };
}

/** A state is more than a colour. */
function verdictShape(): object {
  return {
    field: 'verdict',
    type: 'nominal',
    legend: null,
    scale: {
      domain: VERDICTS,
      range: ['circle', 'triangle-up', 'diamond', 'circle', 'cross']
    }
  };
}

/** What is beyond its bounds is seen from afar; the rest is the line. */
function sizeOf(verdict: string, count: number): number {
  if (verdict === 'alert') {
    return count > MANY ? 24 : 70;
  }
  if (verdict === 'ok') {
    return count > MANY ? 0 : count > 120 ? 6 : 20;
  }
  return count > MANY ? 14 : 40;
}
