/**
 * What xyflow tells, handed on. The functions stay the same: each new one
 * would redraw the frames of all nodes.
 */
import type { ReactFlowProps } from '@xyflow/react';
import { useMemo } from 'react';

import type { Selection } from '../model/document';
import { commentId } from './flow';
import type { FlowEdge, FlowNode } from './flow';
import type { Hover } from './hover';
import type { Moving } from './moves';
import type { CanvasProps } from './props';
import type { FlowState } from './state';

type Handlers = Pick<
  ReactFlowProps<FlowNode, FlowEdge>,
  | 'onNodesChange'
  | 'onEdgesChange'
  | 'onNodeDragStart'
  | 'onNodeDragStop'
  | 'onSelectionEnd'
  | 'onNodeDoubleClick'
  | 'onNodeMouseEnter'
  | 'onNodeMouseLeave'
  | 'onNodeContextMenu'
  | 'onEdgeContextMenu'
  | 'onMoveEnd'
>;

export function useHandlers(parts: {
  latest: { readonly current: CanvasProps };
  state: FlowState;
  moving: Moving;
  hover: Hover;
  focus: (orFirst?: boolean) => void;
}): Handlers {
  const { latest, moving, hover, focus } = parts;
  const { onNodesChange, onEdgesChange } = parts.state;
  return useMemo(
    () => ({
      onNodesChange: changes => onNodesChange(moving.note(changes)),
      onEdgesChange,
      onNodeDragStart: moving.start,
      onNodeDragStop: (_, node, nodes) => moving.stop(nodes),
      // What the box has caught can be moved by arrow keys at once.
      onSelectionEnd: () => focus(false),
      onNodeDoubleClick: (_, { id, type }) => {
        if (type === 'card') {
          latest.current.onOpenNode(id);
        }
      },
      onNodeMouseEnter: (_, { id }) => hover.set(id),
      onNodeMouseLeave: () => hover.set(null),
      onNodeContextMenu: (_, { id }) => {
        const comment = commentId(id);
        selectForMenu(
          latest.current,
          comment === null ? 'nodes' : 'comments',
          comment ?? id
        );
      },
      onEdgeContextMenu: (_, { id }) =>
        selectForMenu(latest.current, 'edges', id),
      onMoveEnd: (_, viewport) => latest.current.onViewport?.(viewport)
    }),
    [latest, moving, hover, focus, onNodesChange, onEdgesChange]
  );
}

/** A menu is about what was clicked: it is selected, unless it is already. */
function selectForMenu(
  { selection, onSelect }: CanvasProps,
  list: keyof Selection,
  id: string
): void {
  if (!selection[list].includes(id)) {
    onSelect({ nodes: [], edges: [], comments: [], [list]: [id] });
  }
}
