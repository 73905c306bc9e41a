/**
 * What puts something new into a pipeline.
 */
import { knownNodes, onCanvas } from './changing';
import type {
  Comment,
  JsonValue,
  PipelineDocument,
  PipelineNode,
  Point,
  Position
} from './document';
import { asJson, own } from './document';
import type { Fragment } from './fragment';
import { newId } from './fragment';
import { wouldCycle } from './graph';
import { isLike, nodeSchema } from './law';
import { nodeTypeOf } from './nodetypes';
import type { Change } from './patch';
import { change, edgeKey, edgesByKey } from './patch';
import { renamed, rewritten } from './rewriting';

/** How far below the one before a further node is put. */
const STEP = 88;

/** Nodes for files, one below the other. */
export function addNodes(
  document: PipelineDocument,
  files: readonly string[],
  [x, y]: Point
): Change[] {
  const taken = new Set<string>();
  const known = files.flatMap(path => {
    const type = nodeTypeOf(path);
    return type ? [{ type, path }] : [];
  });
  return known.flatMap(({ type, path }, index) => {
    const id = newId(document, path, taken);
    taken.add(id);
    return [
      change(['nodes', id], { type, path }),
      change(['layout', id], onCanvas([x, y + index * STEP]))
    ];
  });
}

/** A node as it is given. */
export function addNode(
  document: PipelineDocument,
  node: PipelineNode,
  [x, y]: Point,
  wanted = node.label ?? node.type
): Change[] {
  if (!nodeSchema(node.type)) {
    return [];
  }
  const id = newId(document, wanted);
  return [
    change(['nodes', id], asJson(node)),
    change(['layout', id], onCanvas([x, y]))
  ];
}

/** An edge, unless it would close a cycle. */
export function connect(
  document: PipelineDocument,
  from: string,
  to: string
): Change[] {
  const key = edgeKey(from, to);
  const refused =
    !Object.hasOwn(document.nodes, from) ||
    !Object.hasOwn(document.nodes, to) ||
    edgesByKey(document.edges).has(key) ||
    wouldCycle(document, from, to);
  return refused ? [] : [change(['edges', key], { from, to })];
}

/** A comment, about some nodes or none. */
export function addComment(
  document: PipelineDocument,
  text: string,
  position: readonly number[],
  nodes: readonly string[] = []
): Change[] {
  const id = newId(document, 'comment');
  const about = knownNodes(document, nodes);
  const comment: Comment = about ? { text, nodes: about } : { text };
  return [
    change(['comments', id], asJson(comment)),
    change(['layout', id], onCanvas(position))
  ];
}

/** What a fragment adds: it may come from anywhere, and is not trusted. */
export function paste(
  document: PipelineDocument,
  fragment: Fragment,
  [dx, dy]: Point
): Change[] {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const id of Object.keys({ ...fragment.nodes, ...fragment.comments })) {
    const newName = newId(document, id, taken);
    ids.set(id, newName);
    taken.add(newName);
  }
  const patch: Change[] = [];
  for (const [name, parameter] of Object.entries(fragment.parameters)) {
    if (!own(document.parameters, name) && isLike('name', name)) {
      patch.push(change(['parameters', name], asJson(parameter)));
    }
  }
  const rename = (id: string) => ids.get(id) ?? id;
  for (const [id, node] of Object.entries(fragment.nodes)) {
    const next = rewritten(id, node, reference => renamed(reference, rename));
    patch.push(change(['nodes', rename(id)], asJson(next ?? node)));
  }
  for (const edge of fragment.edges) {
    const from = ids.get(edge.from);
    const to = ids.get(edge.to);
    if (from !== undefined && to !== undefined) {
      patch.push(
        change(['edges', edgeKey(from, to)], asJson({ ...edge, from, to }))
      );
    }
  }
  for (const [id, comment] of Object.entries(fragment.comments)) {
    patch.push(change(['comments', rename(id)], pasted(comment, ids)));
  }
  for (const [id, newName] of ids) {
    const position = own(fragment.layout, id);
    if (isPosition(position)) {
      const [x, y, ...size] = position;
      patch.push(
        change(['layout', newName], onCanvas([x + dx, y + dy, ...size]))
      );
    }
  }
  return patch;
}

/** How far a fragment moves so that its upper left corner is at a point. */
export function shift(fragment: Fragment, [x, y]: Point): Point {
  const corners = Object.values(fragment.layout).filter(isPosition);
  const least = (axis: 0 | 1) =>
    corners.reduce((most, one) => Math.min(most, one[axis]), Infinity);
  return corners.length > 0 ? [x - least(0), y - least(1)] : [0, 0];
}

/** A pasted comment, about those of its nodes that were pasted with it. */
function pasted(comment: Comment, ids: ReadonlyMap<string, string>): JsonValue {
  const { nodes, ...others } = comment;
  const known = Array.isArray(nodes)
    ? nodes.flatMap(id => ids.get(id) ?? [])
    : [];
  return asJson(known.length > 0 ? { ...others, nodes: known } : others);
}

function isPosition(value: unknown): value is Position {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every(number => Number.isFinite(number))
  );
}
