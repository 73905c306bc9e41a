/**
 * The one way to write a document as text: the same bytes as Python's
 * mlops_ext/canonical.py, whose text tells the algorithm. JSON.stringify cannot
 * do it: an engine puts keys that look like integers first.
 */
import type { JsonObject, JsonValue } from './document';
import { byCodePoint, isObject, own } from './document';
import type { Schema } from './law';
import { LAW, branchesOf, resolve } from './law';
import { isOfType } from './schema';

const ANY: Schema = {};

/**
 * The canonical text of a document: of a pipeline, or of another law.
 *
 * @throws RangeError if it holds a number that JSON cannot say
 */
export function canonicalize(
  document: JsonValue | object,
  law: Schema = LAW
): string {
  let root = document as JsonValue;
  const edges = isObject(root) ? own(root, 'edges') : undefined;
  if (law === LAW && isObject(root) && Array.isArray(edges)) {
    root = { ...root, edges: sorted(edges) };
  }
  return `${write(root, law, '\n', law)}\n`;
}

/** The text of a value; `line` is a line break with the value's indentation. */
function write(
  value: JsonValue,
  place: Schema,
  line: string,
  law = LAW
): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new RangeError(`${value} cannot be written as JSON`);
    }
    return String(value);
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  const schema = chosen(value, place, law);
  const inner = `${line}  `;
  if (Array.isArray(value)) {
    const items = schema.items ?? ANY;
    const parts = value.map(one => write(one, items, inner, law));
    return parts.length > 0
      ? `[${inner}${parts.join(`,${inner}`)}${line}]`
      : '[]';
  }
  const { properties = {}, additionalProperties: rest } = schema;
  const others = typeof rest === 'object' ? rest : ANY;
  const parts = keysInOrder(value, properties).map(key => {
    const schemaOfKey = own(properties, key) ?? others;
    const text = write(value[key], schemaOfKey, inner, law);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return parts.length > 0
    ? `{${inner}${parts.join(`,${inner}`)}${line}}`
    : '{}';
}

/** Known keys in the order of the schema, then all others by code point. */
function keysInOrder(
  value: JsonObject,
  properties: Record<string, Schema>
): string[] {
  // What is undefined is not there: no JSON text can say it.
  const keys = Object.keys(value).filter(key => value[key] !== undefined);
  const others = keys.filter(key => !Object.hasOwn(properties, key));
  const known = Object.keys(properties).filter(
    key => Object.hasOwn(value, key) && value[key] !== undefined
  );
  return [...known, ...others.sort(byCodePoint)];
}

/** The schema that tells the order of keys here. */
function chosen(value: JsonValue, place: Schema, law: Schema): Schema {
  const schema = resolve(place, law);
  if (schema.oneOf) {
    const { key, byType } = branchesOf(schema, law);
    const type = isObject(value) ? own(value, key) : undefined;
    return (type === undefined ? undefined : byType.get(type)) ?? ANY;
  }
  if (schema.anyOf) {
    const fits = (one: Schema) => !!one.type && isOfType(value, one.type);
    return schema.anyOf.map(one => resolve(one, law)).find(fits) ?? ANY;
  }
  return schema;
}

/** Edges by what they go from and to, then by their own text. */
function sorted(edges: JsonValue[]): JsonValue[] {
  const item = LAW.properties?.edges?.items ?? ANY;
  const end = (edge: JsonValue, key: string) => {
    const id = isObject(edge) ? own(edge, key) : undefined;
    return typeof id === 'string' ? id : '';
  };
  return edges
    .map(edge => ({ edge, from: end(edge, 'from'), to: end(edge, 'to') }))
    .sort(
      (a, b) =>
        byCodePoint(a.from, b.from) ||
        byCodePoint(a.to, b.to) ||
        byCodePoint(write(a.edge, item, '\n'), write(b.edge, item, '\n'))
    )
    .map(({ edge }) => edge);
}
