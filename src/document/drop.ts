/** Putting files and comments on the canvas: by drop, palette, dialog or wire. */
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { Drag } from '@lumino/dragdrop';

import { NODE_SIZE } from '../model/document';
import { nodeType, relativePath } from './files';
import type { PaletteItem } from './palette';
import type { PipelineSession } from './session';

/** What the file browser's drags carry: paths on the server. */
const CONTENTS_MIME = 'application/x-jupyter-icontents';

type Point = [x: number, y: number];

/** Ask a person for files; empty for none. */
export type ChooseFiles = (session: PipelineSession) => Promise<string[]>;

/** Take or leave a drag over the canvas; true if it can be dropped here. */
export function dragOver(
  session: PipelineSession,
  event: Drag.Event,
  canvas: Element | null
): boolean {
  if (!isForUs(session, event, canvas)) {
    return false;
  }
  event.preventDefault();
  event.stopPropagation();
  // The file browser allows nothing but "move", and moves nothing.
  event.dropAction = event.proposedAction;
  return true;
}

/** Files from the file browser were dropped. */
export function dropFiles(
  session: PipelineSession,
  event: Drag.Event,
  canvas: Element | null
): void {
  if (!isForUs(session, event, canvas)) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  event.dropAction = event.proposedAction;
  const paths = event.mimeData.getData(CONTENTS_MIME) as string[];
  addNodes(session, paths, onCanvas(session, event.clientX, event.clientY));
}

function isForUs(
  session: PipelineSession,
  event: Drag.Event,
  canvas: Element | null
): boolean {
  return (
    event.mimeData.hasData(CONTENTS_MIME) &&
    !session.readOnly &&
    canvas !== null &&
    // Not what lies under the pointer: that is the drag's own backdrop.
    canvas.contains(event.target as Node | null)
  );
}

/** An item of the palette was dropped. */
export function dropItem(
  session: PipelineSession,
  item: PaletteItem,
  clientX: number,
  clientY: number
): void {
  addItem(session, item, onCanvas(session, clientX, clientY));
}

/** Put an item on the canvas, where nothing else is if no place is given. */
export function addItem(
  session: PipelineSession,
  item: PaletteItem,
  position: Point | null = null
): void {
  const place = position ?? placeFor(session);
  if (item.kind === 'files') {
    addNodes(session, item.paths, place);
    return;
  }
  session.dispatch({
    type: 'add-comment',
    text: session.trans.__('Comment'),
    position: place
  });
}

/** Make nodes of files on the server, the first of them at a place. */
export function addNodes(
  session: PipelineSession,
  paths: readonly string[],
  position: Point
): void {
  const usable = paths.filter(path => nodeType(path) !== null);
  const others = paths.filter(path => nodeType(path) === null);
  if (usable.length > 0) {
    session.dispatch({
      type: 'add-nodes',
      files: usable.map(path => relativePath(session.folder, path)),
      position
    });
  }
  if (others.length > 0) {
    const { trans } = session;
    Notification.warning(
      trans.__(
        '%1 cannot be a node: notebooks (.ipynb) and scripts (.py, .R, .sh) can.',
        others.map(path => PathExt.basename(path)).join(', ')
      ),
      { autoClose: 6000 }
    );
  }
}

/** A wire was dropped on empty canvas: offer files, and connect what is added. */
export async function addConnected(
  session: PipelineSession,
  choose: ChooseFiles,
  wire: { from: string; position: Point; end: 'source' | 'target' }
): Promise<void> {
  const files = await choose(session);
  if (files.length === 0) {
    return;
  }
  const before = session.document().nodes;
  addNodes(session, files, wire.position);
  const added = Object.keys(session.document().nodes).filter(
    id => !Object.hasOwn(before, id)
  );
  for (const id of added) {
    const [from, to] =
      wire.end === 'source' ? [wire.from, id] : [id, wire.from];
    session.dispatch({ type: 'connect', from, to });
  }
}

/** The middle of what is seen, or what is free below it. */
export function placeFor(session: PipelineSession): Point {
  const { canvas } = session;
  const box = canvasBox(session);
  const center: Point =
    canvas && box
      ? canvas.toFlow(box.left + box.width / 2, box.top + box.height / 2)
      : [0, 0];
  const { width, height } = NODE_SIZE;
  const gap = 32;
  const taken = Object.values(session.document().layout ?? {});
  const x = Math.round(center[0] - width / 2);
  let y = Math.round(center[1] - height / 2);
  const isTaken = ([left, top]: readonly number[]) =>
    Math.abs(left - x) < width && Math.abs(top - y) < height;
  while (taken.some(isTaken)) {
    y += height + gap;
  }
  return [x, y];
}

function canvasBox(session: PipelineSession): DOMRect | null {
  return session.element?.getBoundingClientRect() ?? null;
}

/** The place on the canvas where a node has its middle under the pointer. */
function onCanvas(
  session: PipelineSession,
  clientX: number,
  clientY: number
): Point {
  const [x, y] = session.canvas?.toFlow(clientX, clientY) ?? [0, 0];
  return [
    Math.round(x - NODE_SIZE.width / 2),
    Math.round(y - NODE_SIZE.height / 2)
  ];
}
