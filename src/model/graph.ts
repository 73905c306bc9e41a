/**
 * Questions about the graph of a pipeline. Edges to nodes that don't exist
 * count for nothing here; validate.ts tells of them.
 */
import type { Edge, PipelineDocument } from './document';
import { byCodePoint } from './document';
import { references } from './references';

/** Who comes right before and right after each node. */
export interface Neighbours {
  readonly before: ReadonlyMap<string, readonly string[]>;
  readonly after: ReadonlyMap<string, readonly string[]>;
}

const NONE: readonly string[] = [];
// A document is a value: what was found out about its edges stays true.
const known = new WeakMap<readonly Edge[], Neighbours>();

/** The neighbours of all nodes that have an edge. */
export function neighbours(document: PipelineDocument): Neighbours {
  const edges = document.edges;
  if (!edges) {
    return { before: new Map(), after: new Map() };
  }
  let found = known.get(edges);
  if (!found) {
    const before = new Map<string, string[]>();
    const after = new Map<string, string[]>();
    for (const { from, to } of edges) {
      append(after, from, to);
      append(before, to, from);
    }
    found = { before, after };
    known.set(edges, found);
  }
  return found;
}

/** The nodes from which a path of edges leads to a node. */
export function ancestors(document: PipelineDocument, id: string): Set<string> {
  return reach(document, neighbours(document).before, id);
}

/** The nodes to which a path of edges leads from a node. */
export function descendants(
  document: PipelineDocument,
  id: string
): Set<string> {
  return reach(document, neighbours(document).after, id);
}

/** Whether an edge would close a cycle; also one from a node to itself. */
export function wouldCycle(
  document: PipelineDocument,
  from: string,
  to: string
): boolean {
  return from === to || descendants(document, to).has(from);
}

/**
 * The nodes so that each comes after its sources; among those that may come
 * next, the smallest id. Null if there is a cycle.
 */
export function topologicalOrder(document: PipelineDocument): string[] | null {
  const { before, after } = neighbours(document);
  const has = (id: string) => Object.hasOwn(document.nodes, id);
  const ids = Object.keys(document.nodes).sort(byCodePoint);
  const missing = new Map<string, number>();
  for (const id of ids) {
    missing.set(id, (before.get(id) ?? NONE).filter(has).length);
  }
  const heap = new Heap(ids.filter(id => missing.get(id) === 0));
  const order: string[] = [];
  for (let id = heap.pop(); id !== undefined; id = heap.pop()) {
    order.push(id);
    for (const next of (after.get(id) ?? NONE).filter(has)) {
      const left = (missing.get(next) ?? 0) - 1;
      missing.set(next, left);
      if (left === 0) {
        heap.push(next);
      }
    }
  }
  return order.length === ids.length ? order : null;
}

/** The nodes whose results a node can use: all that come before it. */
export function upstream(document: PipelineDocument, id: string): string[] {
  return [...ancestors(document, id)].filter(a => a !== id).sort(byCodePoint);
}

/** A result that a node can use. */
export interface UpstreamResult {
  node: string;
  name: string;
}

/**
 * The results that a node can use, nearest by name.
 *
 * @param resultsOf - the names that a node is known to report: from its file
 * or its last run. Names that the document uses already are added.
 */
export function upstreamResults(
  document: PipelineDocument,
  id: string,
  resultsOf: (node: string) => readonly string[] = () => NONE
): UpstreamResult[] {
  const used = usedResults(document);
  return upstream(document, id).flatMap(node =>
    [...new Set([...resultsOf(node), ...(used.get(node) ?? [])])]
      .sort(byCodePoint)
      .map(name => ({ node, name }))
  );
}

/** The results that parameters and conditions of a document name, by node. */
export function usedResults(
  document: PipelineDocument
): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const add = (node: string, name: string) => {
    const names = used.get(node) ?? new Set();
    used.set(node, names.add(name));
  };
  for (const { reference } of references(document)) {
    if (reference.kind === 'result') {
      add(reference.node, reference.name);
    }
  }
  for (const { from, when } of document.edges ?? []) {
    if (when) {
      add(from, when.result);
    }
  }
  return used;
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) {
    list.push(value);
  } else {
    map.set(key, [value]);
  }
}

function reach(
  document: PipelineDocument,
  next: ReadonlyMap<string, readonly string[]>,
  id: string
): Set<string> {
  const seen = new Set<string>();
  const stack = [id];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const other of next.get(at) ?? NONE) {
      if (!seen.has(other) && Object.hasOwn(document.nodes, other)) {
        seen.add(other);
        stack.push(other);
      }
    }
  }
  return seen;
}

/** A binary heap of ids, the smallest first. */
class Heap {
  constructor(ids: readonly string[]) {
    ids.forEach(id => this.push(id));
  }

  push(id: string): void {
    const items = this._items;
    let at = items.push(id) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (byCodePoint(items[parent], items[at]) <= 0) {
        break;
      }
      [items[parent], items[at]] = [items[at], items[parent]];
      at = parent;
    }
  }

  pop(): string | undefined {
    const items = this._items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) {
      return last;
    }
    items[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (
          child < items.length &&
          byCodePoint(items[child], items[least]) < 0
        ) {
          least = child;
        }
      }
      if (least === at) {
        return first;
      }
      [items[least], items[at]] = [items[at], items[least]];
      at = least;
    }
  }

  private readonly _items: string[] = [];
}
