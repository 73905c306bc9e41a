/**
 * Moving nodes, by the pointer and by arrow keys. xyflow moves them a step a
 * key; the document gets one change for a burst of them, as for a drag.
 */
import { useReactFlow } from '@xyflow/react';
import type { NodeChange } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef } from 'react';

import { own } from '../model/document';
import { commentId } from './flow';
import type { FlowEdge, FlowNode } from './flow';
import type { CanvasProps } from './props';

/** A pause after which a burst is over. */
const PAUSE = 400;

type Changes = NodeChange<FlowNode>[];

type Moved = readonly Pick<FlowNode, 'id' | 'position'>[];

export type Moving = Pick<ArrowMoves, 'note' | 'flush'> & {
  /** The pointer has taken hold of nodes. */
  start(): void;
  /** It has let go of them. */
  stop(nodes: Moved): void;
};

/** @param release - told which nodes the keyboard no longer holds */
export function useMoving(
  latest: { readonly current: CanvasProps },
  release: (ids: ReadonlySet<string>) => void
): Moving {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const write = useCallback(
    (moved: Moved) => {
      const positions = newPositions(latest.current, moved);
      if (Object.keys(positions).length > 0) {
        latest.current.onAction({ type: 'move', positions });
      }
    },
    [latest]
  );
  const { note, flush, dragging } = useArrowMoves(
    useCallback(
      ids => {
        write(flow.getNodes().filter(node => ids.has(node.id)));
        release(ids);
      },
      [flow, write, release]
    )
  );
  return useMemo(
    () => ({
      note,
      flush,
      start: () => {
        flush();
        dragging.current = true;
      },
      stop: nodes => {
        dragging.current = false;
        write(nodes);
      }
    }),
    [note, flush, dragging, write]
  );
}

/** Positions that are not the document's yet. A comment keeps its size. */
function newPositions(
  { document }: CanvasProps,
  moved: Moved
): Record<string, [number, number]> {
  const positions: Record<string, [number, number]> = {};
  for (const { id, position } of moved) {
    const place = commentId(id) ?? id;
    const [x, y] = [Math.round(position.x), Math.round(position.y)];
    const [oldX, oldY] = own(document.layout, place) ?? [];
    if (x !== oldX || y !== oldY) {
      positions[place] = [x, y];
    }
  }
  return positions;
}

type ArrowMoves = {
  /** Note the moves among some changes, and answer with what to apply. */
  note(changes: Changes): Changes;
  /** End the burst now. */
  flush(): void;
  /** Whether the pointer has hold of a node: its moves are no bursts. */
  readonly dragging: { current: boolean };
};

/** @param onMoved - called once a burst, with the flow ids that moved */
function useArrowMoves(
  onMoved: (ids: ReadonlySet<string>) => void
): ArrowMoves {
  const moved = useRef(new Set<string>());
  const timer = useRef(0);
  const dragging = useRef(false);
  const latest = useRef(onMoved);
  useEffect(() => {
    latest.current = onMoved;
  });
  const flush = useCallback(() => {
    window.clearTimeout(timer.current);
    if (moved.current.size > 0) {
      const ids = moved.current;
      moved.current = new Set();
      latest.current(ids);
    }
  }, []);
  const note = useCallback(
    (changes: Changes) => {
      if (dragging.current || changes.some(isResize)) {
        return changes;
      }
      const noted = changes.map(change => {
        if (change.type !== 'position' || !change.position) {
          return change;
        }
        moved.current.add(change.id);
        // As if dragged: the document does not take it back meanwhile.
        return { ...change, dragging: true };
      });
      if (moved.current.size > 0) {
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(flush, PAUSE);
      }
      return noted;
    },
    [flush]
  );
  useEffect(() => flush, [flush]);
  return { note, flush, dragging };
}

/** Pulling a note's left or upper edge moves it, too. */
function isResize(change: NodeChange<FlowNode>): boolean {
  return change.type === 'dimensions' && change.resizing !== undefined;
}
