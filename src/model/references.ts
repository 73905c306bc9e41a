/**
 * Values of a node's parameters that stand for something else: a parameter of
 * the pipeline, or a result of another node.
 */
import type {
  Issue,
  JsonValue,
  PipelineDocument,
  PipelineNode
} from './document';
import { isObject } from './document';
import { issue, show } from './issues';
import { isLike, nodeSchema } from './law';

export type Reference =
  | { kind: 'parameter'; name: string }
  | { kind: 'result'; node: string; name: string };

/** A parameter of a node whose value is a reference. */
export interface ReferenceSite {
  node: string;
  parameter: string;
  reference: Reference;
}

/** Whether a value is written as a reference: `{"from": …}` and nothing else. */
export function isReference(value: JsonValue): value is { from: JsonValue } {
  return (
    isObject(value) &&
    Object.hasOwn(value, 'from') &&
    Object.keys(value).length === 1
  );
}

/** What the text of a `from` refers to; null if it is no such text. */
export function parseReference(text: JsonValue): Reference | null {
  if (typeof text !== 'string') {
    return null;
  }
  const parts = text.split('.');
  if (parts.length === 2 && parts[0] === 'parameters') {
    return isLike('name', parts[1])
      ? { kind: 'parameter', name: parts[1] }
      : null;
  }
  const [nodes, node, results, name] = parts;
  return parts.length === 4 &&
    nodes === 'nodes' &&
    results === 'results' &&
    isLike('id', node) &&
    isLike('name', name)
    ? { kind: 'result', node, name }
    : null;
}

/** What a value refers to; null if it is a literal. */
export function referenceOf(value: JsonValue): Reference | null {
  return isReference(value) ? parseReference(value.from) : null;
}

/** The value that refers to a parameter of the pipeline. */
export function fromParameter(name: string): JsonValue {
  return { from: `parameters.${name}` };
}

/** The value that refers to a result of a node. */
export function fromResult(node: string, name: string): JsonValue {
  return { from: `nodes.${node}.results.${name}` };
}

/**
 * The value of a literal: `{"value": …}`, which quotes an object, taken off.
 */
export function unquote(value: JsonValue): JsonValue {
  return isObject(value) &&
    Object.keys(value).length === 1 &&
    Object.hasOwn(value, 'value')
    ? value.value
    : value;
}

/**
 * How a literal is written: quoted if it would else be read as something that
 * it isn't.
 */
export function quote(literal: JsonValue): JsonValue {
  const mistakable =
    isObject(literal) &&
    (Object.hasOwn(literal, 'from') || Object.hasOwn(literal, 'value'));
  return mistakable ? { value: literal } : literal;
}

/** All references in the parameters of a node; one of unknown type has none. */
export function referencesOf(id: string, node: PipelineNode): ReferenceSite[] {
  const sites: ReferenceSite[] = [];
  for (const [parameter, value] of parametersOf(node)) {
    const reference = referenceOf(value);
    if (reference) {
      sites.push({ node: id, parameter, reference });
    }
  }
  return sites;
}

/** All references in a document. */
export function references(document: PipelineDocument): ReferenceSite[] {
  return Object.entries(document.nodes).flatMap(([id, node]) =>
    referencesOf(id, node)
  );
}

/** The issues of values that are written as references but are none. */
export function referenceIssues(document: PipelineDocument): Issue[] {
  return Object.entries(document.nodes).flatMap(([id, node]) =>
    malformedReferences(node).map(([name, from]) =>
      issue(
        'error',
        'schema',
        ['nodes', id, 'parameters', name],
        `Node ${id}: parameters.${name} refers to ${show(from)}, which is no reference.`,
        'Write parameters.<name> or nodes.<id>.results.<name>, or quote the object as {"value": …}.'
      )
    )
  );
}

/** The parameters of a node that are written as references but are none. */
export function malformedReferences(node: PipelineNode): [string, JsonValue][] {
  return parametersOf(node).flatMap(([name, value]): [string, JsonValue][] =>
    isReference(value) && !parseReference(value.from)
      ? [[name, value.from]]
      : []
  );
}

function parametersOf(node: PipelineNode): [string, JsonValue][] {
  return nodeSchema(node.type) && isObject(node.parameters)
    ? Object.entries(node.parameters)
    : [];
}
