/**
 * Edges. Each draws its own arrow, in its own colour: a shared SVG marker
 * would keep one colour for all of them.
 */
import {
  BaseEdge,
  EdgeLabelRenderer,
  getBezierPath,
  getStraightPath,
  useInternalNode,
  useStore
} from '@xyflow/react';
import type {
  ConnectionLineComponentProps,
  EdgeProps,
  InternalNode,
  ReactFlowState
} from '@xyflow/react';
import React, { memo, useCallback } from 'react';

import { NODE_SIZE } from '../model/document';
import { GRIP } from './flow';
import type { FlowNode, Tether, Wire } from './flow';
import { useIsNear } from './hover';
import { conditionText } from './words';

/** xyflow ends lines at a handle's outer side; ours end at the card. */
const INSET = GRIP / 2;
/** How far the line stays away from its target, for the arrow's tip. */
const TIP = 9;

export const WireView = memo(function WireView(
  props: EdgeProps<Wire>
): React.JSX.Element {
  const { source, target, data, selected, sourceY, targetY } = props;
  const sourceX = props.sourceX - INSET;
  const targetX = props.targetX + INSET;
  const isHovered = useIsNear(source, target);
  const isNear = useIsSelected(source, target) || isHovered;
  const [path, labelX, labelY] = getBezierPath({
    ...props,
    sourceX,
    targetX: targetX - TIP + 1,
    curvature: 0.3
  });
  const near = isNear ? ' mlops-mod-near' : '';
  return (
    <g className={`mlops-wire${near}`}>
      <BaseEdge path={path} interactionWidth={20} />
      <path
        className="mlops-wire-tip"
        d={`M${targetX - TIP} ${targetY - 4.5}L${targetX} ${targetY}L${targetX - TIP} ${targetY + 4.5}Z`}
      />
      {data?.when && (
        <EdgeLabelRenderer>
          <Label
            text={conditionText(data.when)}
            room={targetX - sourceX}
            x={labelX}
            y={labelY}
            top={Math.min(sourceY, targetY)}
            className={`mlops-mod-${data.flow}${near}${selected ? ' mlops-mod-selected' : ''}`}
          />
        </EdgeLabelRenderer>
      )}
    </g>
  );
}, isSameWire);

const PLACES = ['sourceX', 'sourceY', 'targetX', 'targetY'] as const;

/**
 * Whether two edges look the same. xyflow measures handles once they are drawn
 * and finds them where we said, but for the last bits of a fraction.
 */
function isSameWire(a: EdgeProps<Wire>, b: EdgeProps<Wire>): boolean {
  return (
    a.source === b.source &&
    a.target === b.target &&
    a.data === b.data &&
    a.selected === b.selected &&
    PLACES.every(place => Math.abs(a[place] - b[place]) < 0.01)
  );
}

/**
 * A condition on its edge; where there is too little room between the cards,
 * above them. It is part of the edge's name: it is not read out twice.
 */
function Label(props: {
  text: string;
  room: number;
  x: number;
  y: number;
  top: number;
  className: string;
}): React.JSX.Element {
  const { text, room, x, top, className } = props;
  const isTight = text.length * 6.5 + 16 > room;
  const y = isTight
    ? Math.min(props.y, top - NODE_SIZE.height / 2 - 14)
    : props.y;
  return (
    <div
      aria-hidden
      className={`mlops-wire-label ${className}`}
      style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
    >
      {text}
    </div>
  );
}

function useIsSelected(source: string, target: string): boolean {
  return useStore(
    useCallback(
      ({ nodeLookup }: ReactFlowState) =>
        (nodeLookup.get(source)?.selected ?? false) ||
        (nodeLookup.get(target)?.selected ?? false),
      [source, target]
    )
  );
}

/** A quiet line from a comment to a node that it is about. */
export const TetherView = memo(function TetherView({
  source,
  target
}: EdgeProps<Tether>): React.JSX.Element | null {
  const from = useInternalNode<FlowNode>(source);
  const to = useInternalNode<FlowNode>(target);
  if (!from || !to) {
    return null;
  }
  const a = boxOf(from);
  const b = boxOf(to);
  const [start, end] = [meet(a, b), meet(b, a)];
  const [path] = getStraightPath({
    sourceX: start.x,
    sourceY: start.y,
    targetX: end.x,
    targetY: end.y
  });
  return <BaseEdge path={path} interactionWidth={0} />;
});

type Box = { x: number; y: number; width: number; height: number };

function boxOf(node: InternalNode<FlowNode>): Box {
  const { x, y } = node.internals.positionAbsolute;
  const width = node.width ?? node.measured.width ?? 0;
  const height = node.height ?? node.measured.height ?? 0;
  return { x, y, width, height };
}

/** Where the line between two boxes' middles leaves the first. */
function meet(box: Box, other: Box): { x: number; y: number } {
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const dx = other.x + other.width / 2 - x;
  const dy = other.y + other.height / 2 - y;
  const scale = Math.min(
    1,
    box.width / 2 / Math.max(Math.abs(dx), 1e-6),
    box.height / 2 / Math.max(Math.abs(dy), 1e-6)
  );
  return { x: x + dx * scale, y: y + dy * scale };
}

/** The line that follows the pointer while one connects. */
export function ConnectionView({
  fromX,
  fromY,
  toX,
  toY,
  fromPosition,
  toPosition,
  connectionStatus
}: ConnectionLineComponentProps): React.JSX.Element {
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
    curvature: 0.3
  });
  return (
    <g className={`mlops-connection mlops-mod-${connectionStatus ?? 'open'}`}>
      <path className="mlops-connection-path" d={path} />
      <circle className="mlops-connection-end" cx={toX} cy={toY} r={4} />
    </g>
  );
}
