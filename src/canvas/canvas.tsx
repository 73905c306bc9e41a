/**
 * The canvas: a pipeline's nodes, edges and comments on xyflow. It shows the
 * document and the run that it is given, and says what a person did as
 * actions; it keeps nothing of its own but what is under the pointer.
 */
import {
  Background,
  Panel,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow
} from '@xyflow/react';
import React, {
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState
} from 'react';

import { Announcer } from './announcer';
import { CardView } from './card';
import { useConnecting } from './connecting';
import { useController } from './controller';
import { EmptyCanvas } from './empty';
import { FarContext, useIsFar } from './far';
import { FitOnce, fitting, ZOOM } from './fit';
import type { Size } from './fit';
import { commentId } from './flow';
import type { FlowEdge, FlowNode } from './flow';
import { useHandlers } from './handlers';
import { Hover, HoverContext } from './hover';
import { itemElement, useCanvasKeys } from './keyboard';
import { ariaLabels } from './labels';
import { useMoving } from './moves';
import { NoteView } from './note';
import type { CanvasProps } from './props';
import { EditingContext, SceneContext } from './scene';
import type { Scene } from './scene';
import { useFlowState } from './state';
import { Tools } from './tools';
import { ConnectionView, TetherView, WireView } from './wire';

/**
 * How the canvas is used. Dragging the background moves the view, with Shift
 * it selects; the wheel moves, with Ctrl it zooms. No key of xyflow's removes.
 */
const SETTINGS = {
  nodeTypes: { card: CardView, note: NoteView },
  edgeTypes: { wire: WireView, tether: TetherView },
  connectionLineComponent: ConnectionView,
  connectionRadius: 28,
  ...ZOOM,
  snapToGrid: true,
  snapGrid: [8, 8] as [number, number],
  panOnDrag: [0, 1],
  panOnScroll: true,
  zoomOnDoubleClick: false,
  panActivationKeyCode: null,
  deleteKeyCode: null,
  multiSelectionKeyCode: ['Shift', 'Meta', 'Control'],
  edgesReconnectable: false
};
/** Above this many nodes only those in view are drawn. */
const MANY = 200;

export default function Canvas(props: CanvasProps): React.JSX.Element {
  const room = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size | null>(null);
  // Nodes are drawn once, in the size that they keep: the room is known before.
  useLayoutEffect(() => {
    const { clientWidth: width = 0, clientHeight: height = 0 } =
      room.current ?? {};
    setSize({ width, height });
  }, []);
  return (
    <div ref={room} className="mlops-canvas-room">
      {size && (
        <ReactFlowProvider>
          <Flow {...props} size={size} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

function Flow(props: CanvasProps & { size: Size }): React.JSX.Element {
  const { document, issues, run, planned, selection, readOnly, trans } = props;
  const root = useRef<HTMLDivElement>(null);
  const id = `mlops-${useId().replace(/:/g, '')}`;
  const latest = useLatest(props);
  const hover = useMemo(() => new Hover(), []);
  const [editing, onEdit] = useState<string | null>(null);

  const onSelect = useCallback(
    (next: CanvasProps['selection']) => latest.current.onSelect(next),
    [latest]
  );
  const source = { document, issues, run, planned, trans };
  const state = useFlowState(source, selection, onSelect);
  const connecting = useConnecting(latest);
  const moving = useMoving(latest, state.release);
  const focus = useFocus(root);
  const handlers = useHandlers({ latest, state, moving, hover, focus });
  const onKeys = useCanvasKeys({
    root,
    nodes: state.nodes,
    edges: state.edges,
    onEnter: flowId => {
      const comment = commentId(flowId);
      if (comment === null) {
        props.onOpenNode(flowId);
      } else {
        onEdit(comment);
      }
    }
  });
  useController(props.controller, focus);

  const scene = useScene(props, latest);
  const edit = useMemo(() => ({ editing, onEdit }), [editing]);
  // Where a person left it, else all of it; unknown as long as there is no room.
  const [start] = useState(
    () => props.viewport ?? fitting(state.nodes, props.size)
  );
  const isFar = useIsFar(start);
  const aria = useMemo(() => ariaLabels(trans, readOnly), [trans, readOnly]);
  return (
    <SceneContext.Provider value={scene}>
      <EditingContext.Provider value={edit}>
        <HoverContext.Provider value={hover}>
          <FarContext.Provider value={isFar}>
            <div
              ref={root}
              className={`mlops-canvas${readOnly ? ' mlops-mod-readOnly' : ''}`}
              data-connecting={connecting.from ?? undefined}
              onKeyDownCapture={onKeys}
              onBlur={moving.flush}
            >
              <ReactFlow<FlowNode, FlowEdge>
                {...SETTINGS}
                {...handlers}
                {...connecting.handlers}
                id={id}
                nodes={state.nodes}
                edges={state.edges}
                defaultViewport={start ?? undefined}
                nodesDraggable={!readOnly}
                nodesConnectable={!readOnly}
                onlyRenderVisibleElements={state.nodes.length > MANY}
                ariaLabelConfig={aria}
                aria-label={trans.__('Pipeline')}
              >
                <Background gap={24} size={1.5} />
                <FitOnce isWanted={start === null} nodes={state.nodes} />
                {state.nodes.length > 0 ? (
                  <Tools trans={trans} />
                ) : (
                  <EmptyCanvas
                    trans={trans}
                    readOnly={readOnly}
                    onOpenExample={props.onOpenExample}
                  />
                )}
                <Panel position="bottom-center">
                  <div className="mlops-canvas-notice" role="status">
                    {connecting.refusal}
                  </div>
                </Panel>
              </ReactFlow>
              <Announcer document={document} run={run} trans={trans} />
            </div>
          </FarContext.Provider>
        </HoverContext.Provider>
      </EditingContext.Provider>
    </SceneContext.Provider>
  );
}

/** Give the keyboard to what is selected; else, if asked to, to the first. */
function useFocus(
  root: React.RefObject<HTMLElement>
): (orFirst?: boolean) => void {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  return useCallback(
    (orFirst = true) => {
      const nodes = flow.getNodes();
      const chosen = nodes.find(({ selected }) => selected);
      const target = chosen ?? (orFirst ? nodes.at(0) : undefined);
      (target ? itemElement(root.current, target.id) : null)?.focus();
    },
    [flow, root]
  );
}

function useScene(
  { trans, readOnly, renderMarkdown }: CanvasProps,
  latest: { readonly current: CanvasProps }
): Scene {
  return useMemo(
    () => ({
      trans,
      readOnly,
      renderMarkdown,
      onAction: action => latest.current.onAction(action),
      onShowIssue: issue => latest.current.onShowIssue?.(issue)
    }),
    [trans, readOnly, renderMarkdown, latest]
  );
}

function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}
