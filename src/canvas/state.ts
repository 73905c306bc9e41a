/**
 * xyflow's nodes and edges as React state, kept in step with the document and
 * the selection. What is being dragged or resized lives here only; it reaches
 * the document when the person lets go.
 */
import { applyEdgeChanges, applyNodeChanges } from '@xyflow/react';
import type { EdgeChange, NodeChange } from '@xyflow/react';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import type { Selection } from '../model/document';
import { commentFlowId, commentId, flowNodes } from './flow';
import type { FlowEdge, FlowNode, Source } from './flow';
import { flowEdges } from './wires';

export type FlowState = {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
  onNodesChange(changes: NodeChange<FlowNode>[]): void;
  onEdgesChange(changes: EdgeChange<FlowEdge>[]): void;
  /** Nodes are no longer held by the keyboard: the document has them again. */
  release(ids: ReadonlySet<string>): void;
};

export function useFlowState(
  source: Source,
  selection: Selection,
  onSelect: (selection: Selection) => void
): FlowState {
  const { document, issues, run, planned, trans } = source;
  const [nodes, setNodes] = useState<FlowNode[]>(() =>
    markNodes(flowNodes(source, []), selection)
  );
  const [edges, setEdges] = useState<FlowEdge[]>(() =>
    markEdges(flowEdges(source, []), selection)
  );
  // The selection that both sides know of: who differs from it has changed it.
  const agreed = useRef(selection);

  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const next: Source = { document, issues, run, planned, trans };
    setNodes(before => markNodes(flowNodes(next, before), agreed.current));
    setEdges(before => markEdges(flowEdges(next, before), agreed.current));
  }, [document, issues, run, planned, trans]);

  useLayoutEffect(() => {
    if (!sameSelection(selection, agreed.current)) {
      agreed.current = selection;
      setNodes(before => markNodes(before, selection));
      setEdges(before => markEdges(before, selection));
    }
  }, [selection]);

  // Both callbacks of one click have run by now: they are one new selection.
  useEffect(() => {
    const now = selectionOf(nodes, edges);
    if (!sameSelection(now, agreed.current)) {
      agreed.current = now;
      onSelect(now);
    }
  }, [nodes, edges, onSelect]);

  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    const own = changes.filter(isOurs);
    if (own.length > 0) {
      setNodes(before => applyNodeChanges(own, before));
    }
  }, []);
  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]) => {
    const own = changes.filter(({ type }) => type === 'select');
    if (own.length > 0) {
      setEdges(before => applyEdgeChanges(own, before));
    }
  }, []);
  const release = useCallback((ids: ReadonlySet<string>) => {
    setNodes(before =>
      before.map(node =>
        ids.has(node.id) ? { ...node, dragging: false } : node
      )
    );
  }, []);
  return { nodes, edges, onNodesChange, onEdgesChange, release };
}

/** Only the document adds, replaces and removes nodes. */
function isOurs({ type }: NodeChange<FlowNode>): boolean {
  return type === 'select' || type === 'position' || type === 'dimensions';
}

function markNodes(nodes: FlowNode[], selection: Selection): FlowNode[] {
  const chosen = new Set([
    ...selection.nodes,
    ...selection.comments.map(commentFlowId)
  ]);
  return mark(nodes, chosen);
}

function markEdges(edges: FlowEdge[], selection: Selection): FlowEdge[] {
  return mark(edges, new Set(selection.edges));
}

/** Set who is selected; who is already so keeps its identity. */
function mark<T extends { id: string; selected?: boolean }>(
  items: T[],
  chosen: ReadonlySet<string>
): T[] {
  let isChanged = false;
  const next = items.map(item => {
    const selected = chosen.has(item.id);
    if ((item.selected ?? false) === selected) {
      return item;
    }
    isChanged = true;
    return { ...item, selected };
  });
  return isChanged ? next : items;
}

function selectionOf(
  nodes: readonly FlowNode[],
  edges: readonly FlowEdge[]
): Selection {
  const selection: Selection = { nodes: [], edges: [], comments: [] };
  for (const { id, selected } of nodes) {
    if (selected) {
      const comment = commentId(id);
      if (comment === null) {
        selection.nodes.push(id);
      } else {
        selection.comments.push(comment);
      }
    }
  }
  selection.edges = edges.filter(edge => edge.selected).map(({ id }) => id);
  return selection;
}

/** Whether the same things are selected, in whatever order. */
function sameSelection(a: Selection, b: Selection): boolean {
  const same = (x: readonly string[], y: readonly string[]) => {
    const known = new Set(x);
    return x.length === y.length && y.every(id => known.has(id));
  };
  return (
    same(a.nodes, b.nodes) &&
    same(a.edges, b.edges) &&
    same(a.comments, b.comments)
  );
}
