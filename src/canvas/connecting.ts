/**
 * Drawing edges with the pointer. A connection may be dropped on a handle, or
 * anywhere on a node, or on empty canvas, where a node can then be added. One
 * that cannot be made says why.
 */
import type {
  Connection,
  IsValidConnection,
  OnConnect,
  OnConnectEnd,
  OnConnectStart
} from '@xyflow/react';
import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import { own } from '../model/document';
import { wouldCycle } from '../model/graph';
import { safeLine } from '../ui/safetext';
import type { FlowEdge, FlowNode } from './flow';
import type { CanvasProps } from './props';
import { nodeName } from './words';

type End = 'source' | 'target';

export type Connecting = {
  /** Which kind of handle the pointer drags from, while it does. */
  readonly from: End | null;
  /** Why the last connection was refused; goes by itself. */
  readonly refusal: string;
  /** For xyflow; they stay the same. */
  readonly handlers: ConnectHandlers;
};

type ConnectHandlers = {
  readonly onConnect: OnConnect;
  readonly onConnectStart: OnConnectStart;
  readonly onConnectEnd: OnConnectEnd;
  readonly isValidConnection: IsValidConnection<FlowEdge>;
};

export function useConnecting(latest: {
  readonly current: CanvasProps;
}): Connecting {
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const [from, setFrom] = useState<End | null>(null);
  const [refusal, say] = useNotice();

  const connect = useCallback(
    (source: string, target: string) => {
      const why = refusalOf(latest.current, source, target);
      if (why !== null) {
        say(why);
      } else {
        latest.current.onAction({ type: 'connect', from: source, to: target });
      }
    },
    [latest, say]
  );

  const handlers: ConnectHandlers = useMemo(
    () => ({
      onConnect: ({ source, target }: Connection) => connect(source, target),
      onConnectStart: (_, { handleType }) => setFrom(handleType),
      onConnectEnd: (event, state) => {
        setFrom(null);
        const start = state.fromHandle;
        if (state.isValid || !start) {
          return;
        }
        const client = clientOf(event);
        const other = state.toNode?.id ?? nodeAt(client);
        if (other !== null) {
          if (other !== start.nodeId) {
            const ends: [string, string] = [start.nodeId, other];
            connect(...(start.type === 'source' ? ends : swap(ends)));
          }
        } else if (isOnPane(client, event)) {
          const { x, y } = flow.screenToFlowPosition({
            x: client[0],
            y: client[1]
          });
          latest.current.onConnectToEmpty?.(
            start.nodeId,
            [Math.round(x), Math.round(y)],
            client,
            start.type
          );
        }
      },
      isValidConnection: ({ source, target }) =>
        refusalOf(latest.current, source, target) === null
    }),
    [latest, connect, flow]
  );
  return { from, refusal, handlers };
}

/** Why an edge cannot be made; null if it can. */
function refusalOf(
  { document, trans }: CanvasProps,
  source: string,
  target: string
): string | null {
  const from = own(document.nodes, source);
  const to = own(document.nodes, target);
  if (!from || !to) {
    return trans.__('A comment takes no edges.');
  }
  if (source === target) {
    return trans.__('A node cannot run after itself.');
  }
  if (
    document.edges?.some(edge => edge.from === source && edge.to === target)
  ) {
    return trans.__('These two are connected already.');
  }
  return wouldCycle(document, source, target)
    ? trans.__(
        '%1 already runs before %2: an edge back would make a circle.',
        safeLine(nodeName(target, to), 60),
        safeLine(nodeName(source, from), 60)
      )
    : null;
}

/** A sentence that goes by itself. */
function useNotice(): [string, (sentence: string) => void] {
  const [notice, setNotice] = useState('');
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const say = useCallback((sentence: string) => {
    window.clearTimeout(timer.current);
    setNotice(sentence);
    timer.current = window.setTimeout(() => setNotice(''), 6000);
  }, []);
  return [notice, say];
}

function swap<T>([a, b]: [T, T]): [T, T] {
  return [b, a];
}

function clientOf(event: MouseEvent | TouchEvent): [number, number] {
  const { clientX, clientY } =
    'changedTouches' in event ? event.changedTouches[0] : event;
  return [clientX, clientY];
}

function elementAt([x, y]: [number, number]): Element | null {
  return document.elementFromPoint(x, y);
}

function nodeAt(client: [number, number]): string | null {
  const node = elementAt(client)?.closest('[data-mlops-node]');
  return node?.getAttribute('data-mlops-node') ?? null;
}

function isOnPane(
  client: [number, number],
  event: MouseEvent | TouchEvent
): boolean {
  const element = elementAt(client) ?? (event.target as Element | null);
  return element?.closest('.react-flow__pane') !== null;
}
