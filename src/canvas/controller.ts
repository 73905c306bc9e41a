/** The canvas as the document's commands see it. */
import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useEffect, useRef } from 'react';

import { FIT } from './fit';
import { commentFlowId } from './flow';
import type { FlowEdge, FlowNode } from './flow';
import { motion } from './motion';
import type { CanvasController } from './props';

export function useController(
  give: ((controller: CanvasController | null) => void) | undefined,
  focus: () => void
): void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const store = useStoreApi();
  const latest = useRef(give);
  useEffect(() => {
    latest.current = give;
  });
  useEffect(() => {
    const duration = () => ({ duration: motion() });
    latest.current?.({
      fit: () => {
        // With nothing to show it would wait, and move the first that is added.
        if (flow.getNodes().length > 0) {
          void flow.fitView({ ...FIT, ...duration() });
        }
      },
      zoomIn: () => void flow.zoomIn(duration()),
      zoomOut: () => void flow.zoomOut(duration()),
      pan: (x, y) => {
        const viewport = flow.getViewport();
        void flow.setViewport({
          ...viewport,
          x: viewport.x + x,
          y: viewport.y + y
        });
      },
      center: id => {
        const node = flow.getNode(id) ?? flow.getNode(commentFlowId(id));
        if (node && !isInView(node)) {
          const { x, y, width, height } = boxOf(node);
          void flow.setCenter(x + width / 2, y + height / 2, {
            zoom: Math.max(flow.getZoom(), 0.75),
            ...duration()
          });
        }
      },
      toFlow: (clientX, clientY) => {
        const { x, y } = flow.screenToFlowPosition({ x: clientX, y: clientY });
        return [Math.round(x), Math.round(y)];
      },
      focus
    });
    // Who can see it all needs no jump of the view.
    const isInView = (node: FlowNode) => {
      const { width, height, transform } = store.getState();
      const [left, top, zoom] = transform;
      const box = boxOf(node);
      const x = box.x * zoom + left;
      const y = box.y * zoom + top;
      return (
        zoom >= 0.4 &&
        x >= 0 &&
        y >= 0 &&
        x + box.width * zoom <= width &&
        y + box.height * zoom <= height
      );
    };
    return () => latest.current?.(null);
  }, [flow, store, focus]);
}

function boxOf({ position, width = 0, height = 0 }: FlowNode) {
  return { ...position, width, height };
}
