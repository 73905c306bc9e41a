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

/** Show everything once there is something, and somewhere to show it. */
export function FitOnce({
  isWanted,
  count
}: {
  isWanted: boolean;
  count: number;
}): null {
  const flow = useReactFlow();
  // A tab in the background has no size: fitting must wait for it.
  const isLaidOut = useStore(({ width, height }) => width > 0 && height > 0);
  const isDone = useRef(!isWanted);
  useEffect(() => {
    if (!isDone.current && isLaidOut && count > 0) {
      isDone.current = true;
      void flow.fitView(FIT);
    }
  }, [flow, isLaidOut, count]);
  return null;
}
