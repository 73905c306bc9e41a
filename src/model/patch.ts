/**
 * Changes of a document as data: small enough to send, exact enough to undo.
 *
 * A change sets what lies at a path, or removes it. An edge has the path
 * `['edges', key]`, so that two people can change two edges of the list.
 */
import type { Edge, JsonObject, JsonValue, PipelineDocument } from './document';
import { asJson, byCodePoint, isObject, own, setOwn } from './document';

export interface Change {
  readonly path: readonly string[];
  /** The new value; undefined removes what is there. */
  readonly value: JsonValue | undefined;
}

export type Patch = readonly Change[];

/** A change of what lies at a path; without a value it removes that. */
export function change(path: string[], value?: JsonValue): Change {
  return { path, value };
}

/** The key of the edge between two nodes. */
export function edgeKey(from: string, to: string): string {
  return `${from}>${to}`;
}

/**
 * The edges by their keys, in the order of the list. The same edge twice is an
 * issue of a file, but must be shown and removed: its key has a `+`.
 */
export function edgesByKey(
  edges: readonly Edge[] | undefined
): ReadonlyMap<string, Edge> {
  const found = edges && keyed.get(edges);
  if (found) {
    return found;
  }
  const byKey = new Map<string, Edge>();
  for (const edge of edges ?? []) {
    let key = edgeKey(edge.from, edge.to);
    while (byKey.has(key)) {
      key += '+';
    }
    byKey.set(key, edge);
  }
  if (edges) {
    keyed.set(edges, byKey);
  }
  return byKey;
}

// A document is a value: what was found out about a list stays true.
const keyed = new WeakMap<readonly Edge[], ReadonlyMap<string, Edge>>();

/** Blocks of entries that people make; one that becomes empty goes away. */
const BLOCKS: ReadonlySet<string> = new Set([
  'parameters',
  'edges',
  'comments',
  'layout'
]);

/**
 * The document after a patch. What the patch doesn't touch keeps its identity;
 * a patch that changes nothing gives the same document.
 */
export function applyPatch(
  document: PipelineDocument,
  patch: Patch
): PipelineDocument {
  const editor = new Editor(asJson(document) as JsonObject);
  for (const change of patch) {
    editor.apply(change);
  }
  return editor.finish() as unknown as PipelineDocument;
}

/**
 * The patch that takes a patch back: applied to `applyPatch(document, patch)`
 * it gives a document equal to `document`.
 */
export function invert(document: PipelineDocument, patch: Patch): Patch {
  const before = asJson(document) as JsonObject;
  const edges = edgesByKey(document.edges);
  const undo = new Map<string, Change>();
  for (const { path } of patch) {
    const [head, key] = path;
    const block = own(before, head);
    let from = path;
    let value: JsonValue | undefined;
    if (path.length > 1 && !isEntries(block)) {
      // What the block was as a whole: absent, empty, or no block at all.
      from = [head];
      value = block;
    } else if (head === 'edges' && path.length > 1) {
      const edge = edges.get(key);
      from = [head, key];
      value = edge && asJson(edge);
    } else {
      [from, value] = lookUp(before, path);
    }
    const id = JSON.stringify(from);
    if (!undo.has(id)) {
      undo.set(id, { path: from, value });
    }
  }
  // Wholes come first, so that a part within them is what it was at last.
  return [...undo.values()].sort((a, b) => a.path.length - b.path.length);
}

/** Whether a block has entries that can be addressed one by one. */
function isEntries(block: JsonValue | undefined): boolean {
  return Array.isArray(block)
    ? block.length > 0
    : isObject(block) && Object.keys(block).length > 0;
}

/**
 * What lies at a path. If something on the way is missing, the first part
 * that is: removing it removes all that was made for the path.
 */
function lookUp(
  root: JsonObject,
  path: readonly string[]
): [readonly string[], JsonValue | undefined] {
  let value: JsonValue = root;
  for (let i = 0; i < path.length; i++) {
    if (!isObject(value)) {
      return [path.slice(0, i), value];
    }
    const next: JsonValue | undefined = own(value, path[i]);
    if (next === undefined) {
      return [path.slice(0, i + 1), undefined];
    }
    value = next;
  }
  return [path, value];
}

/** Copies what it changes, once. */
class Editor {
  constructor(root: JsonObject) {
    this._root = root;
  }

  apply({ path, value }: Change): void {
    if (path.length === 0) {
      return;
    }
    const [head, key] = path;
    if (head === 'edges' && path.length > 1) {
      this._setEdge(key, path.slice(2), value);
    } else {
      this._root = this._set(this._root, path, 0, value);
    }
    if (path.length > 1 && value === undefined) {
      this._dropIfEmpty(head);
    }
  }

  finish(): JsonObject {
    if (this._edges) {
      this._flushEdges();
    }
    return this._root;
  }

  private _set(
    target: JsonObject,
    path: readonly string[],
    at: number,
    value: JsonValue | undefined
  ): JsonObject {
    const key = path[at];
    const old = own(target, key);
    let next = value;
    if (at < path.length - 1) {
      if (!isObject(old) && value === undefined) {
        return target;
      }
      next = this._set(isObject(old) ? old : {}, path, at + 1, value);
    } else if (at === 0 && key === 'edges') {
      this._edges = null;
    }
    if (next === old) {
      return target;
    }
    const copy = this._copy(target);
    if (next === undefined) {
      Reflect.deleteProperty(copy, key);
    } else {
      setOwn(copy, key, next);
    }
    return copy;
  }

  private _setEdge(
    key: string,
    rest: readonly string[],
    value: JsonValue | undefined
  ): void {
    this._edges ??= new Map(edgesByKey(this._root.edges as unknown as Edge[]));
    const edge = this._edges.get(key);
    const old = edge && (asJson(edge) as JsonObject);
    let next = value;
    if (rest.length > 0) {
      if (!old) {
        return;
      }
      next = this._set(old, rest, 0, value);
    }
    if (next === undefined) {
      this._edgesChanged = this._edges.delete(key) || this._edgesChanged;
    } else if (next !== old) {
      this._edges.set(key, next as unknown as Edge);
      this._edgesChanged = true;
    }
  }

  private _flushEdges(): void {
    if (!this._edges || !this._edgesChanged) {
      return;
    }
    // What was there stays in its order, and a sorted list stays sorted.
    const added = new Map(this._edges);
    const list: Edge[] = [];
    for (const key of edgesByKey(
      this._root.edges as unknown as Edge[]
    ).keys()) {
      const edge = added.get(key);
      if (edge) {
        list.push(edge);
        added.delete(key);
      }
    }
    for (const edge of added.values()) {
      const place = list.findIndex(other => byEnds(other, edge) > 0);
      list.splice(place < 0 ? list.length : place, 0, edge);
    }
    this._root = this._copy(this._root);
    this._root.edges = asJson(list);
    this._edges = null;
    this._edgesChanged = false;
  }

  private _dropIfEmpty(head: string): void {
    if (!BLOCKS.has(head)) {
      return;
    }
    if (head === 'edges') {
      if (!this._edgesChanged || this._edges?.size !== 0) {
        return;
      }
      this._edges = null;
      this._edgesChanged = false;
    } else {
      const block = own(this._root, head);
      if (!isObject(block) || Object.keys(block).length > 0) {
        return;
      }
    }
    this._root = this._copy(this._root);
    Reflect.deleteProperty(this._root, head);
  }

  private _copy(target: JsonObject): JsonObject {
    if (this._fresh.has(target)) {
      return target;
    }
    const copy = { ...target };
    this._fresh.add(copy);
    return copy;
  }

  private _root: JsonObject;
  private _edges: Map<string, Edge> | null = null;
  private _edgesChanged = false;
  private readonly _fresh = new WeakSet<JsonObject>();
}

/** The order of edges in a file: by their ends. */
export function byEnds(a: Edge, b: Edge): number {
  return byCodePoint(a.from, b.from) || byCodePoint(a.to, b.to);
}
