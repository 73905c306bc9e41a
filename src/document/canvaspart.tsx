/** The canvas with what the screen adds to it: drops, its view, the keyboard. */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import React, { Suspense, useEffect, useRef, useState } from 'react';

import type { CanvasController, Viewport } from '../canvas/props';
import type { Action } from '../model/actions';
import type { Issue, PipelineDocument, Selection } from '../model/document';
import { CommandIDs } from './commandids';
import { addConnected, dropItem } from './drop';
import { useLatest, useSignal } from './hooks';
import { PALETTE_MIME } from './palette';
import type { PaletteItem } from './palette';
import type { PlannedNodes } from './plantracker';
import { Canvas } from './parts';
import { RemoteBar } from './remotebar';
import type { PipelineSession } from './session';
import type { ShellTools } from './tools';

/** That all nodes run goes without saying. */
function anyReused(planned: PlannedNodes | null): boolean {
  return [...(planned?.values() ?? [])].some(
    ({ action }) => action === 'reuse'
  );
}

/** Runs one of our commands on the pipeline. */
export type Execute = (
  command: string,
  args?: ReadonlyPartialJSONObject
) => void;

export interface ICanvasPartProps {
  session: PipelineSession;
  tools: ShellTools;
  execute: Execute;
  document: PipelineDocument;
  readOnly: boolean;
}

export function CanvasPart(props: ICanvasPartProps): React.JSX.Element {
  const { session, readOnly } = props;
  const { trans, runs } = session;
  const hasStates = useSignal(
    runs.changed,
    () => runs.onCanvas !== null && !runs.isActive
  );
  const onCanvas = useSignal(runs.changed, () => runs.onCanvas);
  const [isOver, drop] = usePaletteDrops(session, readOnly);
  const box = useRef<HTMLDivElement | null>(null);
  useKeptFocus(box);
  const { onViewport, ...touches } = useViewport(session, box);
  return (
    <div
      ref={element => {
        box.current = element;
        session.element = element;
      }}
      tabIndex={-1}
      className={`mlops-Shell-canvas${isOver ? ' mlops-mod-dropTarget' : ''}`}
      {...drop}
      {...touches}
      onPointerMove={event => {
        session.pointer = [event.clientX, event.clientY];
      }}
      onPointerLeave={() => {
        session.pointer = null;
      }}
    >
      <Suspense
        fallback={<p className="mlops-Shell-note">{trans.__('Opening …')}</p>}
      >
        <Picture {...props} onViewport={onViewport} />
      </Suspense>
      <RemoteBar
        run={onCanvas}
        clock={session.clock}
        onRetry={run => props.execute(CommandIDs.retry, { run })}
        onResume={run => props.execute(CommandIDs.resume, { run })}
        trans={trans}
      />
      {hasStates && (
        <button
          className="mlops-Button mlops-Shell-clear"
          onClick={() => runs.clear()}
        >
          {trans.__('Clear states')}
        </button>
      )}
    </div>
  );
}

/** The canvas itself, tied to the session. */
function Picture(
  props: ICanvasPartProps & { onViewport: (viewport: Viewport) => void }
): React.JSX.Element {
  const { session, tools, execute, document, readOnly } = props;
  const { view, trans } = session;
  const issues = useSignal(session.issues.changed, () => session.issues.issues);
  const run = useSignal(session.runs.changed, () => session.runs.onCanvas);
  const planned = useSignal(session.plan.changed, () => session.plan.planned);
  const selection = useSignal(
    session.selectionChanged,
    () => session.selection
  );
  // What is put on an empty canvas should stay where it was put.
  const [start] = useState<Viewport | null>(
    () =>
      view.remembered.viewport ??
      (isEmpty(document) ? { x: 0, y: 0, zoom: 1 } : null)
  );
  return (
    <Canvas
      document={document}
      issues={issues}
      run={run}
      planned={anyReused(planned) || run ? planned : null}
      selection={selection}
      readOnly={readOnly}
      trans={trans}
      viewport={start}
      renderMarkdown={tools.renderMarkdown}
      onAction={useLatest((action: Action) => session.dispatch(action))}
      onSelect={useLatest((next: Selection) => session.select(next))}
      onOpenNode={useLatest((node: string) =>
        execute(CommandIDs.openNode, { node })
      )}
      onShowIssue={useLatest((issue: Issue) => session.goTo(issue))}
      onConnectToEmpty={useLatest(
        (
          from: string,
          position: [number, number],
          _: unknown,
          end: 'source' | 'target'
        ): void => {
          const wire = { from, position, end };
          void addConnected(session, tools.chooseFiles, wire);
        }
      )}
      onOpenExample={useLatest(() => execute(CommandIDs.openExample))}
      onViewport={props.onViewport}
      controller={useLatest((controller: CanvasController | null) => {
        session.canvas = controller;
        // The widget has kept the keyboard until there was a canvas.
        const { activeElement } = window.document;
        if (controller && activeElement?.matches(WAITING)) {
          session.focus();
        }
      })}
    />
  );
}

/**
 * Where a person left the canvas is remembered, and what was in the middle of
 * it stays there when the drawer takes half of the room. As long as they left
 * it to us, everything stays in view.
 */
function useViewport(
  session: PipelineSession,
  box: React.RefObject<HTMLElement>
): {
  onViewport: (viewport: Viewport) => void;
  onWheelCapture: () => void;
  onPointerDownCapture: () => void;
  onPointerUpCapture: () => void;
  onKeyDownCapture: () => void;
} {
  const { view } = session;
  // The canvas also moves by itself: theirs is what follows on their hand.
  const touched = useRef(-Infinity);
  const touch = () => {
    touched.current = performance.now();
  };
  useEffect(() => {
    const element = box.current;
    let timer = 0;
    let before: readonly [number, number] | null = null;
    const observer = new ResizeObserver(() => {
      const { clientWidth = 0, clientHeight = 0 } = element ?? {};
      // A tab in the background has no size, and nothing fits into it.
      if (clientHeight === 0) {
        return;
      }
      const [width, height] = before ?? [clientWidth, clientHeight];
      before = [clientWidth, clientHeight];
      if (clientWidth === width && clientHeight === height) {
        // Also the first time: the canvas is drawn to fit the room it finds.
        return;
      }
      window.clearTimeout(timer);
      if (view.remembered.viewport) {
        session.canvas?.pan(
          (clientWidth - width) / 2,
          (clientHeight - height) / 2
        );
      } else {
        timer = window.setTimeout(() => session.canvas?.fit(), 80);
      }
    });
    if (element) {
      observer.observe(element);
    }
    return () => {
      window.clearTimeout(timer);
      observer.disconnect();
    };
  }, [session, view, box]);
  return {
    onViewport: useLatest((viewport: Viewport) => {
      const isTheirs = performance.now() - touched.current < TOUCH;
      if (isTheirs && Object.values(viewport).every(Number.isFinite)) {
        view.remember({ viewport });
      }
    }),
    onWheelCapture: touch,
    onPointerDownCapture: touch,
    onPointerUpCapture: touch,
    onKeyDownCapture: touch
  };
}

/** How long after a touch, in milliseconds, the canvas moves because of it. */
const TOUCH = 1000;

const WAITING = '.mlops-PipelineView:has(.mlops-Shell-canvas)';

/** What the palette's items need to be dropped here. */
function usePaletteDrops(
  session: PipelineSession,
  readOnly: boolean
): [
  isOver: boolean,
  handlers: Pick<
    React.DOMAttributes<HTMLElement>,
    'onDragOver' | 'onDragLeave' | 'onDrop'
  >
] {
  const [isOver, setOver] = useState(false);
  const handlers = {
    onDragOver: (event: React.DragEvent) => {
      if (!readOnly && event.dataTransfer.types.includes(PALETTE_MIME)) {
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      }
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: React.DragEvent) => {
      setOver(false);
      const data = event.dataTransfer.getData(PALETTE_MIME);
      if (data && !readOnly) {
        event.preventDefault();
        const item = JSON.parse(data) as PaletteItem;
        dropItem(session, item, event.clientX, event.clientY);
      }
    }
  };
  return [isOver, handlers];
}

function isEmpty({ nodes, comments = {} }: PipelineDocument): boolean {
  return Object.keys(nodes).length + Object.keys(comments).length === 0;
}

/**
 * Keep the keyboard on the canvas when what had it is removed: the next thing
 * that a person presses may be undo, and it may be pressed at once.
 */
function useKeptFocus(box: React.RefObject<HTMLElement>): void {
  useEffect(() => {
    const element = box.current;
    let last: Element | null = null;
    const note = ({ target }: FocusEvent) => {
      const isInside = target instanceof Element && element?.contains(target);
      last = isInside ? target : null;
    };
    const observer = new MutationObserver(() => {
      const isGone = last !== null && !last.isConnected;
      if (isGone && document.activeElement === document.body) {
        element?.focus({ preventScroll: true });
      }
    });
    document.addEventListener('focusin', note);
    if (element) {
      observer.observe(element, { childList: true, subtree: true });
    }
    return () => {
      document.removeEventListener('focusin', note);
      observer.disconnect();
    };
  }, [box]);
}
