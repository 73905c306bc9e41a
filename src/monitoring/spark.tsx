/** The main check of a monitor at a glance: its last values as a small line. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo } from 'react';

import type { SparkPoint } from '../model/monitor';
import { standingClass } from './standing';
import { batchName, formatMeasure, standingWord } from './words';

const WIDTH = 72;
const HEIGHT = 18;
const EDGE = 3;

export const Spark = memo(function Spark(props: {
  points: readonly SparkPoint[];
  /** What is drawn, in words. */
  name: string;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { points, name, trans } = props;
  const places = placesOf(points);
  const last = places.at(-1);
  if (!last) {
    return null;
  }
  const words = trans.__(
    '%1: %2 in %3 (%4), over %5 batches',
    name,
    formatMeasure(last.point.value),
    batchName(last.point.batch),
    standingWord(last.point.verdict, trans).toLowerCase(),
    places.length
  );
  return (
    <svg
      className="mlops-Spark"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <polyline points={places.map(({ x, y }) => `${x},${y}`).join(' ')} />
      {places
        .filter(
          place =>
            place === last ||
            place.point.verdict === 'alert' ||
            place.point.verdict === 'warn'
        )
        .map(({ x, y, point }) => (
          <circle
            key={x}
            className={standingClass(point.verdict)}
            cx={x}
            cy={y}
            r={2}
          />
        ))}
    </svg>
  );
});

type Place = { x: number; y: number; point: SparkPoint };

/** The values that there are, stretched over the picture. */
export function placesOf(points: readonly SparkPoint[]): Place[] {
  const shown = points.filter(({ value }) => value !== null);
  const values = shown.map(({ value }) => value ?? 0);
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const step = (WIDTH - 2 * EDGE) / Math.max(1, shown.length - 1);
  return shown.map((point, index) => ({
    x: round(shown.length === 1 ? WIDTH - EDGE : EDGE + index * step),
    y: round(
      span === 0
        ? HEIGHT / 2
        : HEIGHT - EDGE - ((values[index] - low) / span) * (HEIGHT - 2 * EDGE)
    ),
    point
  }));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
