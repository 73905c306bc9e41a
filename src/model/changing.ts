/**
 * What changes values within a pipeline.
 */
import type { Condition, Edge, JsonValue, PipelineDocument } from './document';
import { asJson, own } from './document';
import type { Change } from './patch';
import { change, edgesByKey } from './patch';

/** The condition of an edge; undefined takes it away. */
export function setCondition(
  document: PipelineDocument,
  key: string,
  when: Condition | undefined
): Change[] {
  const edge = edgesByKey(document.edges).get(key);
  if (!edge) {
    return [];
  }
  const { from, to } = edge;
  const next: Edge = when ? { from, to, when } : { from, to };
  return [change(['edges', key], asJson(next))];
}

/** Positions; a comment keeps its size if none is given. */
export function move(
  document: PipelineDocument,
  positions: Readonly<Record<string, readonly number[]>>
): Change[] {
  const exists = (id: string) =>
    Object.hasOwn(document.nodes, id) || own(document.comments, id);
  return Object.entries(positions)
    .filter(([id]) => exists(id))
    .map(([id, position]) => {
      const size = own(document.layout, id)?.slice(position.length) ?? [];
      return change(['layout', id], [...position, ...size].map(Math.round));
    });
}

/** Fields that say nothing when they are empty. */
const COLLECTIONS: ReadonlySet<string> = new Set([
  'parameters',
  'env',
  'files',
  'outputs',
  'resources'
]);

/** A field of a node; undefined takes it away. */
export function setField(
  document: PipelineDocument,
  id: string,
  field: string,
  value: JsonValue | undefined
): Change[] {
  const isEmpty =
    COLLECTIONS.has(field) &&
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 0;
  return Object.hasOwn(document.nodes, id)
    ? [change(['nodes', id, field], isEmpty ? undefined : value)]
    : [];
}

/** A default of the pipeline; undefined takes it away. */
export function setDefault(
  document: PipelineDocument,
  field: string,
  value: JsonValue | undefined
): Change[] {
  const others = Object.keys(document.defaults ?? {}).filter(
    key => key !== field
  );
  return value === undefined && others.length === 0
    ? [change(['defaults'])]
    : [change(['defaults', field], value)];
}

/** The text of a comment, and the nodes that it is about. */
export function setComment(
  document: PipelineDocument,
  id: string,
  text: string | undefined,
  nodes: readonly string[] | undefined
): Change[] {
  if (!own(document.comments, id)) {
    return [];
  }
  const patch: Change[] = [];
  if (text !== undefined) {
    patch.push(change(['comments', id, 'text'], text));
  }
  if (nodes !== undefined) {
    const value = nodes.length > 0 ? [...nodes] : undefined;
    patch.push(change(['comments', id, 'nodes'], value));
  }
  return patch;
}
