/**
 * Whether cards are too small to be read. One place asks the view and tells
 * all cards: were it each of them, every step of a zoom would ask a hundred.
 */
import { useStore } from '@xyflow/react';
import { createContext, useCallback } from 'react';
import type { ReactFlowState } from '@xyflow/react';

import type { Viewport } from './props';

/** Below this zoom a card cannot be read: it becomes a box with a large name. */
const FAR = 0.4;

export const FarContext = createContext(false);

/** @param start - the view that the first picture is drawn for, if it is known */
export function useIsFar(start: Viewport | null): boolean {
  return useStore(
    useCallback(
      ({ panZoom, transform }: ReactFlowState) =>
        // The view is the starting one only from the first picture on.
        (panZoom || !start ? transform[2] : start.zoom) < FAR,
      [start]
    )
  );
}
