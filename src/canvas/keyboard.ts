/**
 * The keyboard on the canvas. xyflow draws all edges before all nodes, so Tab
 * would visit them in an order that means nothing: here it goes from a node to
 * the edges that leave it and on to the next node.
 *
 * Commands (delete, copy, undo …) are JupyterLab's, not bound here.
 */
import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useRef } from 'react';
import type { KeyboardEvent, RefObject } from 'react';

import type { FlowEdge, FlowNode } from './flow';
import { motion } from './motion';

/** The items of the canvas in the order of Tab. */
function tabOrder(
  nodes: readonly FlowNode[],
  edges: readonly FlowEdge[]
): string[] {
  const leaving = new Map<string, string[]>();
  for (const { id, source, type } of edges) {
    if (type === 'wire') {
      leaving.set(source, [...(leaving.get(source) ?? []), id]);
    }
  }
  return nodes.flatMap(({ id }) => [id, ...(leaving.get(id) ?? [])]);
}

/** The element of a node or edge, if it is drawn. */
export function itemElement(
  root: HTMLElement | null,
  id: string
): (HTMLElement | SVGElement) | null {
  return (
    root?.querySelector<HTMLElement | SVGElement>(
      `:is(.react-flow__node, .react-flow__edge)[data-id="${CSS.escape(id)}"]`
    ) ?? null
  );
}

type Items = {
  root: RefObject<HTMLElement>;
  nodes: readonly FlowNode[];
  edges: readonly FlowEdge[];
  /** Enter on what is selected already. */
  onEnter(flowId: string): void;
};

/** The handler of keys for the canvas, before xyflow sees them. */
export function useCanvasKeys(
  items: Items
): (event: KeyboardEvent<HTMLElement>) => void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const latest = useRef(items);
  useEffect(() => {
    latest.current = items;
  });
  return useCallback(
    event => {
      const { root, nodes, edges, onEnter } = latest.current;
      const target = event.target as Element;
      const id = target.matches('.react-flow__node, .react-flow__edge')
        ? target.getAttribute('data-id')
        : null;
      if (id === null) {
        return;
      }
      if (event.key === 'Tab' && !event.altKey && !event.ctrlKey) {
        const order = tabOrder(nodes, edges);
        const next = order[order.indexOf(id) + (event.shiftKey ? -1 : 1)];
        // At either end the browser goes on: Tab is never caught.
        if (next !== undefined) {
          event.preventDefault();
          focusItem(root.current, next, nodes, flow);
        }
      } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
        if (nodes.find(node => node.id === id)?.selected) {
          event.preventDefault();
          event.stopPropagation();
          onEnter(id);
        }
      }
    },
    [flow]
  );
}

/** Focus an item; one that is not drawn for being out of view is brought in. */
function focusItem(
  root: HTMLElement | null,
  id: string,
  nodes: readonly FlowNode[],
  flow: ReturnType<typeof useReactFlow<FlowNode, FlowEdge>>
): void {
  const element = itemElement(root, id);
  if (element) {
    element.focus();
    return;
  }
  const edge = flow.getEdge(id);
  const node = nodes.find(each => each.id === (edge?.source ?? id));
  if (node) {
    void flow.setCenter(
      node.position.x + (node.width ?? 0) / 2,
      node.position.y + (node.height ?? 0) / 2,
      { zoom: flow.getZoom(), duration: motion(0) }
    );
    requestAnimationFrame(() =>
      requestAnimationFrame(() => itemElement(root, id)?.focus())
    );
  }
}
