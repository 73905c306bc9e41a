/**
 * What changes values within a pipeline.
 */
import type { Condition, Edge, JsonValue, PipelineDocument } from './document';
import { asJson, own } from './document';
import { definition, nodeSchema } from './law';
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
      return change(['layout', id], onCanvas([...position, ...size]));
    });
}

/** A position or size as a file has it: whole pixels within its limits. */
export function onCanvas(position: readonly number[]): number[] {
  const limit = definition('position').items?.maximum ?? Infinity;
  // Adding zero makes no -0, which would be read as another value.
  return position.map(
    value => Math.max(-limit, Math.min(limit, Math.round(value))) + 0
  );
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
  // Nodes of unknown types are kept, but none is made.
  const isUnknown =
    field === 'type' && (typeof value !== 'string' || !nodeSchema(value));
  return Object.hasOwn(document.nodes, id) && !isUnknown
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
    const value = knownNodes(document, nodes);
    patch.push(change(['comments', id, 'nodes'], value));
  }
  return patch;
}

/** Those of some nodes that exist, each once; undefined for none. */
export function knownNodes(
  document: PipelineDocument,
  nodes: readonly string[]
): string[] | undefined {
  const known = nodes.filter(id => Object.hasOwn(document.nodes, id));
  return known.length > 0 ? [...new Set(known)] : undefined;
}
