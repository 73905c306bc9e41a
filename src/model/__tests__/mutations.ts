/**
 * Something done to a document at random, so that it may not be valid any more.
 */
import * as fc from 'fast-check';

import type { JsonObject, JsonValue } from '../document';
import { isObject, setOwn } from '../document';
import { clone, id, json, key } from './arbitraries';

/** Something done to a document, as numbers that choose where and what. */
export interface Mutation {
  kind: 'delete' | 'retype' | 'copy' | 'swap' | 'rename' | 'add';
  place: number;
  other: number;
  value: JsonValue;
  key: string;
}

const VALUES: JsonValue[] = [
  null,
  true,
  0,
  -1,
  1.5,
  101,
  1e300,
  '',
  'x',
  'é🚀',
  'x'.repeat(201),
  [],
  {},
  [1],
  { from: 'parameters.rows' },
  { from: 'parameters.class' },
  { from: 'nodes.load.results.rows' },
  { from: 'nodes.LOAD.results.rows' },
  { from: 5 },
  { value: { from: 'x' } },
  { secret: 'x' },
  { secret: '-x' },
  { type: 'notebook' },
  { type: 'other', path: 5 },
  { text: 't' },
  'notebook',
  'approval',
  'load'
];

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('delete', 'retype', 'copy', 'swap', 'rename', 'add'),
  place: fc.nat(),
  other: fc.nat(),
  value: fc.oneof({ arbitrary: fc.constantFrom(...VALUES), weight: 3 }, json),
  key: fc.oneof(
    key,
    id,
    fc.constantFrom(
      'type',
      'path',
      'Path',
      'version',
      'nodes',
      'edges',
      'class'
    )
  )
});

/** A copy of the document with something done to it. */
export function mutate(document: JsonValue, change: Mutation): JsonValue {
  const root = clone(document);
  const places = placesOf(root);
  if (places.length === 0) {
    return change.value;
  }
  const [parent, k] = places[change.place % places.length];
  const [parent2, k2] = places[change.other % places.length];
  const get = (from: Container, at: string | number): JsonValue =>
    (from as JsonObject)[at];
  const put = (into: Container, at: string | number, value: JsonValue) =>
    Array.isArray(into)
      ? (into[Number(at)] = value)
      : setOwn(into, String(at), value);
  const remove = () =>
    Array.isArray(parent)
      ? parent.splice(Number(k), 1)
      : Reflect.deleteProperty(parent, k);
  const old = get(parent, k);
  switch (change.kind) {
    case 'delete':
      remove();
      break;
    case 'retype':
      put(parent, k, clone(change.value));
      break;
    case 'copy':
      put(parent, k, clone(get(parent2, k2)));
      break;
    case 'swap': {
      // A part must not come to lie within itself.
      const value = clone(get(parent2, k2));
      put(parent2, k2, clone(old));
      put(parent, k, value);
      break;
    }
    case 'rename':
      remove();
      put(parent, Array.isArray(parent) ? k : change.key, old);
      break;
    case 'add':
      if (Array.isArray(old)) {
        old.push(clone(change.value));
      } else if (isObject(old)) {
        setOwn(old, change.key, clone(change.value));
      } else {
        setOwn(root as JsonObject, change.key, clone(change.value));
      }
  }
  return root;
}

type Container = JsonValue[] | JsonObject;

/** All places in a value: container and key. */
function placesOf(root: JsonValue): [Container, string | number][] {
  const places: [Container, string | number][] = [];
  const visit = (value: JsonValue) => {
    if (Array.isArray(value)) {
      value.forEach((one, index) => {
        places.push([value, index]);
        visit(one);
      });
    } else if (isObject(value)) {
      for (const k of Object.keys(value)) {
        places.push([value, k]);
        visit(value[k]);
      }
    }
  };
  visit(root);
  return places;
}
