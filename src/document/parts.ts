/**
 * The parts of the screen that are fetched when the first pipeline is opened:
 * the canvas and its library are most of this extension's weight.
 */
import React from 'react';

const canvas = () => import('../canvas');
const properties = () => import('../properties');

export const Canvas = React.lazy(canvas);
export const Properties = React.lazy(properties);

/** Fetch them while the file is being read. */
export function fetchParts(): void {
  for (const part of [canvas, properties]) {
    // What is lost is asked for again, and reported, by who draws it.
    part().catch(() => undefined);
  }
}
