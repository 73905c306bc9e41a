/**
 * Keeps a valid document valid: whether the entries that a patch touches hold
 * against the schema afterwards, and can be written and read again.
 */
import type { JsonValue, PipelineDocument, PipelineNode } from './document';
import { asJson, isObject, own } from './document';
import type { Schema } from './law';
import { LAW, resolve } from './law';
import { applyPatch, edgesByKey } from './patch';
import type { Patch } from './patch';
import { malformedReferences } from './references';
import { checkValue } from './schema';
import { MAX_DEPTH, isExact, isWellFormed } from './strictjson';

/** Whether a document may be changed so. */
export function isSound(document: PipelineDocument, patch: Patch): boolean {
  if (patch.length === 0) {
    return true;
  }
  const after = applyPatch(document, patch);
  const edges = edgesByKey(after.edges);
  const root = asJson(after);
  const seen = new Set<string>();
  for (const { path } of patch) {
    const [head, key] = path;
    const entry = path.length > 1 && isCollection(head) ? [head, key] : [head];
    const id = entry.join(' ');
    if (!seen.has(id)) {
      seen.add(id);
      const edge = edges.get(key);
      const value =
        head === 'edges' && entry.length > 1
          ? edge && asJson(edge)
          : entry.reduce(member, root);
      if (!isEntrySound(entry, value)) {
        return false;
      }
    }
  }
  return [...new Set(patch.map(({ path }) => path[0]))].every(head =>
    isSizeSound(head, member(root, head))
  );
}

function isCollection(head: string): boolean {
  return head === 'edges' || !!schemaOf(head)?.propertyNames;
}

function schemaOf(head: string): Schema | undefined {
  const schema = own(LAW.properties, head);
  return schema && resolve(schema);
}

function member(
  value: JsonValue | undefined,
  key: string
): JsonValue | undefined {
  return isObject(value) ? own(value, key) : undefined;
}

function isEntrySound(
  [head, key]: readonly string[],
  value: JsonValue | undefined
): boolean {
  const schema = schemaOf(head);
  if (!schema) {
    return false;
  }
  if (value === undefined) {
    return key !== undefined || !LAW.required?.includes(head);
  }
  if (!isWritable(value, key === undefined ? 1 : 2)) {
    return false;
  }
  if (key === undefined) {
    return isValid(value, schema);
  }
  if (head === 'edges') {
    return isValid(value, schema.items ?? {});
  }
  const { propertyNames, additionalProperties } = schema;
  return (
    (!propertyNames || isValid(key, propertyNames)) &&
    (typeof additionalProperties !== 'object' ||
      isValid(value, additionalProperties)) &&
    (head !== 'nodes' ||
      malformedReferences(value as unknown as PipelineNode).length === 0)
  );
}

/** Nodes of unknown types are kept as they are: their issue is no obstacle. */
function isValid(value: JsonValue, schema: Schema): boolean {
  return checkValue(value, schema).every(({ code }) => code !== 'schema');
}

function isSizeSound(head: string, value: JsonValue | undefined): boolean {
  const { maxItems = Infinity, maxProperties = Infinity } =
    schemaOf(head) ?? {};
  return Array.isArray(value)
    ? value.length <= maxItems
    : !isObject(value) || Object.keys(value).length <= maxProperties;
}

/** Whether a value is one that a strict reader takes. */
function isWritable(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value);
    case 'number':
      return isExact(value);
    case 'boolean':
      return true;
    case 'object':
      return value === null
        ? true
        : depth < MAX_DEPTH &&
            Object.entries(value).every(
              ([key, one]) =>
                isWellFormed(key) &&
                (one === undefined || isWritable(one, depth + 1))
            );
    default:
      return false;
  }
}
