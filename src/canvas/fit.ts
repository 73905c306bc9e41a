/** Showing everything: how, and by itself when a pipeline is opened. */
import {
  getNodesBounds,
  getViewportForBounds,
  useReactFlow,
  useStore
} from '@xyflow/react';
import { useEffect, useRef } from 'react';

import type { FlowNode } from './flow';
import type { Viewport } from './props';

/** Room around it, and no larger than life. */
export const FIT = { padding: 0.12, maxZoom: 1 };
export const ZOOM = { minZoom: 0.1, maxZoom: 2 };

export type Size = { readonly width: number; readonly height: number };

/** The view that shows everything; null without anything, or without room. */
export function fitting(
  nodes: FlowNode[],
  { width, height }: Size
): Viewport | null {
  return nodes.length === 0 || width === 0 || height === 0
    ? null
    : getViewportForBounds(
        getNodesBounds(nodes),
        width,
        height,
        ZOOM.minZoom,
        FIT.maxZoom,
        FIT.padding
      );
}

/** Whether a part of anything can be seen; the view's x and y are where the canvas' origin is on screen. */
export function isAnyInView(
  nodes: FlowNode[],
  { x, y, zoom }: Viewport,
  { width, height }: Size
): boolean {
  return nodes.some(node => {
    const bounds = getNodesBounds([node]);
    const left = bounds.x * zoom + x;
    const top = bounds.y * zoom + y;
    return (
      left < width &&
      top < height &&
      left + bounds.width * zoom > 0 &&
      top + bounds.height * zoom > 0
    );
  });
}

/**
 * Show everything once there is something, and somewhere to show it: where that
 * is wanted, and where what came (by opening, or from the disk) would be out of sight.
 */
export function FitOnce({
  isWanted,
  nodes
}: {
  isWanted: boolean;
  nodes: FlowNode[];
}): null {
  const flow = useReactFlow();
  // A tab in the background has no size: fitting must wait for it.
  const width = useStore(state => state.width);
  const height = useStore(state => state.height);
  const isDone = useRef(false);
  const isFirst = useRef(true);
  useEffect(() => {
    if (nodes.length === 0) {
      isDone.current = false;
    } else if (!isDone.current && width > 0 && height > 0) {
      isDone.current = true;
      const size = { width, height };
      if (
        (isWanted && isFirst.current) ||
        !isAnyInView(nodes, flow.getViewport(), size)
      ) {
        void flow.fitView(FIT);
      }
      isFirst.current = false;
    }
  }, [flow, isWanted, nodes, width, height]);
  return null;
}
