/**
 * What changes the names that others refer to: all that refers to them changes
 * in the same patch.
 */
import type { JsonValue, PipelineDocument, PipelineNode } from './document';
import { asJson, own, sameJson, setOwn, without } from './document';
import { isLike } from './law';
import type { Change } from './patch';
import { change, edgeKey, edgesByKey } from './patch';
import type { Reference } from './references';
import { fromParameter, fromResult, referencesOf } from './references';

/** What becomes of a reference: another, the same, or undefined for none. */
export type Rewrite = (reference: Reference) => Reference | undefined;

/** Another id for a node, everywhere. */
export function changeId(
  document: PipelineDocument,
  id: string,
  to: string
): Change[] {
  const node = own(document.nodes, id);
  const refused =
    !node ||
    !isLike('id', to) ||
    Object.hasOwn(document.nodes, to) ||
    own(document.comments, to);
  if (refused) {
    return [];
  }
  const rename = (other: string) => (other === id ? to : other);
  const moved = rewritten(id, node, reference => renamed(reference, rename));
  const patch = [
    change(['nodes', id]),
    change(['nodes', to], asJson(moved ?? node))
  ];
  for (const [key, edge] of edgesByKey(document.edges)) {
    if (edge.from === id || edge.to === id) {
      const next = { ...edge, from: rename(edge.from), to: rename(edge.to) };
      const suffix = key.slice(edgeKey(edge.from, edge.to).length);
      patch.push(
        change(['edges', key]),
        change(['edges', edgeKey(next.from, next.to) + suffix], asJson(next))
      );
    }
  }
  const position = own(document.layout, id);
  if (position) {
    patch.push(change(['layout', id]), change(['layout', to], [...position]));
  }
  return [
    ...patch,
    ...mentions(document, nodes => nodes.map(rename)),
    ...references(document, new Set([id]), reference =>
      renamed(reference, rename)
    )
  ];
}

/** Nodes, edges and comments go, with all that hangs on them. */
export function remove(
  document: PipelineDocument,
  selection: {
    nodes?: readonly string[];
    edges?: readonly string[];
    comments?: readonly string[];
  }
): Change[] {
  const nodes = new Set(
    selection.nodes?.filter(id => Object.hasOwn(document.nodes, id))
  );
  const comments = new Set(
    selection.comments?.filter(id => own(document.comments, id))
  );
  const edges = new Set(selection.edges);
  for (const [key, { from, to }] of edgesByKey(document.edges)) {
    if (nodes.has(from) || nodes.has(to)) {
      edges.add(key);
    }
  }
  const gone = [...nodes, ...comments].filter(id => own(document.layout, id));
  return [
    ...[...nodes].map(id => change(['nodes', id])),
    ...[...edges].map(key => change(['edges', key])),
    ...[...comments].map(id => change(['comments', id])),
    ...gone.map(id => change(['layout', id])),
    ...mentions(document, ids => ids.filter(id => !nodes.has(id)), comments),
    ...references(document, nodes, reference =>
      reference.kind === 'result' && nodes.has(reference.node)
        ? undefined
        : reference
    )
  ];
}

/** Rename a parameter of the pipeline; null removes it and what uses it. */
export function renameParameter(
  document: PipelineDocument,
  name: string,
  to: string | null
): Change[] {
  const parameter = own(document.parameters, name);
  if (!parameter || (to !== null && own(document.parameters, to))) {
    return [];
  }
  const patch = [change(['parameters', name])];
  if (to !== null) {
    patch.push(change(['parameters', to], asJson(parameter)));
  }
  const scheduled = own(document.schedule?.parameters, name);
  if (document.schedule && scheduled !== undefined) {
    const parameters = without(document.schedule.parameters ?? {}, name);
    if (to !== null) {
      setOwn(parameters, to, scheduled);
    }
    patch.push(change(['schedule', 'parameters'], parameters));
  }
  const rewrite: Rewrite = reference =>
    reference.kind !== 'parameter' || reference.name !== name
      ? reference
      : to === null
        ? undefined
        : { kind: 'parameter', name: to };
  return [...patch, ...references(document, new Set(), rewrite)];
}

/** The node with its references rewritten; null if none changes. */
export function rewritten(
  id: string,
  node: PipelineNode,
  rewrite: Rewrite
): PipelineNode | null {
  let parameters: Record<string, JsonValue> | null = null;
  for (const { parameter, reference } of referencesOf(id, node)) {
    const next = rewrite(reference);
    if (next !== reference) {
      parameters ??= { ...node.parameters };
      if (next) {
        setOwn(parameters, parameter, valueOf(next));
      } else {
        parameters = without(parameters, parameter);
      }
    }
  }
  if (!parameters) {
    return null;
  }
  const next = { ...node, parameters };
  if (Object.keys(parameters).length === 0) {
    Reflect.deleteProperty(next, 'parameters');
  }
  return next;
}

/** A reference to the same node by another id; the same if it is no other. */
export function renamed(
  reference: Reference,
  rename: (id: string) => string
): Reference {
  if (reference.kind !== 'result') {
    return reference;
  }
  const node = rename(reference.node);
  return node === reference.node ? reference : { ...reference, node };
}

/** The changes of the nodes that comments are about. */
function mentions(
  document: PipelineDocument,
  next: (nodes: string[]) => string[],
  except?: ReadonlySet<string>
): Change[] {
  return Object.entries(document.comments ?? {}).flatMap(([id, comment]) => {
    if (!comment.nodes || except?.has(id)) {
      return [];
    }
    const nodes = next(comment.nodes);
    return sameJson(nodes, comment.nodes)
      ? []
      : [
          change(
            ['comments', id, 'nodes'],
            nodes.length > 0 ? nodes : undefined
          )
        ];
  });
}

/** The changes of the parameters of all nodes except some. */
function references(
  document: PipelineDocument,
  except: ReadonlySet<string>,
  rewrite: Rewrite
): Change[] {
  return Object.entries(document.nodes).flatMap(([id, node]) => {
    const next = except.has(id) ? null : rewritten(id, node, rewrite);
    return next ? [change(['nodes', id, 'parameters'], next.parameters)] : [];
  });
}

function valueOf(reference: Reference): JsonValue {
  return reference.kind === 'parameter'
    ? fromParameter(reference.name)
    : fromResult(reference.node, reference.name);
}
