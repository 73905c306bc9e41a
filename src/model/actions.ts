/**
 * What people do to a pipeline, as data, and the changes that it makes.
 *
 * `reduce` is the only way in which src/ changes a document: it does all that
 * belongs together in one patch (a node goes with its edges), so that one step
 * of undo takes all of it back. An action that cannot be done gives no change,
 * and no action makes a valid document invalid (guard.ts).
 */
import { addComment, addNode, addNodes, connect, paste, shift } from './adding';
import {
  move,
  setComment,
  setCondition,
  setDefault,
  setField
} from './changing';
import type {
  Condition,
  JsonValue,
  Parameter,
  PipelineDocument,
  PipelineNode,
  Point,
  Schedule
} from './document';
import { asJson, isObject, own, sameJson } from './document';
import type { Fragment } from './fragment';
import { copy } from './fragment';
import { isSound } from './guard';
import { arrange } from './layout';
import type { Change, Patch } from './patch';
import { change, edgesByKey } from './patch';
import { changeId, remove, renameParameter } from './rewriting';

export type Action =
  /** Nodes for files, one below the other; files of other kinds are left out. */
  | { type: 'add-nodes'; files: readonly string[]; position: Point }
  /** A node without a file, such as an approval. */
  | { type: 'add-node'; node: PipelineNode; position: Point; id?: string }
  | { type: 'connect'; from: string; to: string }
  | { type: 'disconnect'; edges: readonly string[] }
  | { type: 'set-condition'; edge: string; when: Condition | undefined }
  /** Nodes and comments; a comment also takes a width and height. */
  | { type: 'move'; positions: Readonly<Record<string, readonly number[]>> }
  | { type: 'rename-node'; id: string; label: string | undefined }
  | { type: 'change-id'; id: string; to: string }
  | {
      type: 'remove';
      nodes?: readonly string[];
      edges?: readonly string[];
      comments?: readonly string[];
    }
  /** With its upper left corner at a position, or else moved by an offset. */
  | { type: 'paste'; fragment: Fragment; position?: Point; offset?: Point }
  | { type: 'duplicate'; ids: readonly string[]; offset?: Point }
  /** Of several nodes, those change whose type has such a field. */
  | {
      type: 'set-node-field';
      ids: readonly string[];
      field: string;
      value: JsonValue | undefined;
    }
  | { type: 'set-parameter'; name: string; parameter: Parameter }
  | { type: 'remove-parameter'; name: string }
  | { type: 'rename-parameter'; name: string; to: string }
  | { type: 'set-default'; field: string; value: JsonValue | undefined }
  | { type: 'set-description'; value: string | undefined }
  /** Undefined takes the schedule away. */
  | { type: 'set-schedule'; value: Schedule | undefined }
  | {
      type: 'add-comment';
      text: string;
      position: readonly number[];
      nodes?: readonly string[];
    }
  | {
      type: 'set-comment';
      id: string;
      text?: string;
      nodes?: readonly string[];
    }
  | { type: 'arrange' };

/** How far a copy lies from what was copied. */
const OFFSET: Point = [32, 32];

/** The changes that an action makes; empty if it cannot be done. */
export function reduce(document: PipelineDocument, action: Action): Patch {
  const patch = changes(document, action).filter(change =>
    isNews(document, change)
  );
  if (isSound(document, patch)) {
    return patch;
  }
  // Of several nodes, those change for which the value is right.
  return action.type === 'set-node-field'
    ? patch.filter(change => isSound(document, [change]))
    : [];
}

function changes(document: PipelineDocument, action: Action): Change[] {
  switch (action.type) {
    case 'add-nodes':
      return addNodes(document, action.files, action.position);
    case 'add-node':
      return addNode(document, action.node, action.position, action.id);
    case 'connect':
      return connect(document, action.from, action.to);
    case 'disconnect':
      return action.edges.map(key => change(['edges', key]));
    case 'set-condition':
      return setCondition(document, action.edge, action.when);
    case 'move':
      return move(document, action.positions);
    case 'rename-node':
      return setField(document, action.id, 'label', action.label || undefined);
    case 'change-id':
      return changeId(document, action.id, action.to);
    case 'remove':
      return remove(document, action);
    case 'paste':
      return paste(
        document,
        action.fragment,
        action.position
          ? shift(action.fragment, action.position)
          : (action.offset ?? OFFSET)
      );
    case 'duplicate': {
      const fragment = copy(document, action.ids);
      return paste(document, fragment, action.offset ?? OFFSET);
    }
    case 'set-node-field':
      return action.ids.flatMap(id =>
        setField(document, id, action.field, action.value)
      );
    case 'set-parameter':
      return [change(['parameters', action.name], asJson(action.parameter))];
    case 'remove-parameter':
      return renameParameter(document, action.name, null);
    case 'rename-parameter':
      return renameParameter(document, action.name, action.to);
    case 'set-default':
      return setDefault(document, action.field, action.value);
    case 'set-description':
      return [change(['description'], action.value || undefined)];
    case 'set-schedule':
      return [
        change(['schedule'], action.value && withoutAbsent(action.value))
      ];
    case 'add-comment':
      return addComment(document, action.text, action.position, action.nodes);
    case 'set-comment':
      return setComment(document, action.id, action.text, action.nodes);
    case 'arrange':
      return move(document, arrange(document));
  }
}

/** A record without the keys that are there and say nothing. */
function withoutAbsent(record: object): JsonValue {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined)
  );
}

/** Whether a change makes a difference. */
function isNews(document: PipelineDocument, { path, value }: Change): boolean {
  let old: JsonValue | undefined = asJson(document);
  if (path[0] === 'edges' && path.length > 1) {
    const edge = edgesByKey(document.edges).get(path[1]);
    old = edge && asJson(edge);
  } else {
    for (const key of path) {
      old = isObject(old) ? own(old, key) : undefined;
    }
  }
  return !sameJson(old, value);
}
