/**
 * One block of the shared document (nodes, edges, layout …): a Y.Map, and its
 * JSON. The JSON is rebuilt only where something changed, so that an entry
 * that did not change stays the same object, and its picture is not drawn again.
 */
import * as Y from 'yjs';

import { isObject, own, sameJson, setOwn } from '../model/document';
import type { JsonObject, JsonValue } from '../model/document';

/** A copy of a value with what lies at `path` set, or removed. */
export function withValue(
  value: JsonValue | undefined,
  path: readonly string[],
  next: JsonValue | undefined
): JsonValue | undefined {
  if (path.length === 0) {
    return next;
  }
  if (!isObject(value) && next === undefined) {
    return value; // There is nothing to remove.
  }
  const [key, ...rest] = path;
  const copy = isObject(value) ? { ...value } : {};
  put(copy, key, withValue(own(copy, key), rest, next));
  return copy;
}

function put(
  object: JsonObject,
  key: string,
  value: JsonValue | undefined
): void {
  if (value === undefined) {
    Reflect.deleteProperty(object, key);
  } else {
    setOwn(object, key, value);
  }
}

export class Block {
  /**
   * @param map - the shared map
   * @param nested - whether an entry is itself a Y.Map of its fields, so that
   * two people can change two fields of it at the same time
   */
  constructor(
    readonly map: Y.Map<unknown>,
    private readonly nested: boolean
  ) {}

  /** The block as JSON. Never to be changed by who reads it. */
  get value(): JsonObject {
    if (this._stale.size > 0) {
      const next = { ...this._value };
      for (const key of this._stale) {
        put(next, key, plain(this.map.get(key)));
      }
      this._value = next;
      this._stale.clear();
    }
    return this._value;
  }

  /** Remember what changed; true if anything did. */
  touch(events: readonly Y.YEvent<Y.AbstractType<unknown>>[]): boolean {
    for (const event of events) {
      if (event.path.length > 0) {
        this._stale.add(String(event.path[0]));
      } else {
        event.keys.forEach((_, key) => this._stale.add(key));
      }
    }
    return events.length > 0;
  }

  /** Write the value at `path`; undefined removes it. */
  set(path: readonly string[], value: JsonValue | undefined): void {
    const [key, field, ...rest] = path;
    const entry = this.map.get(key);
    if (field === undefined) {
      this._setEntry(key, value);
    } else if (entry instanceof Y.Map) {
      setOrDelete(
        entry,
        field,
        withValue(plain(entry.get(field)), rest, value)
      );
    } else if (!this.nested) {
      this._setEntry(key, withValue(plain(entry), [field, ...rest], value));
    }
    // Else the field of a node or edge that another person just removed.
  }

  /** Make the block say `next`, touching only what differs. */
  replace(next: JsonObject): void {
    for (const key of [...this.map.keys()]) {
      if (!Object.hasOwn(next, key)) {
        this.map.delete(key);
      }
    }
    for (const [key, value] of Object.entries(next)) {
      this._setEntry(key, value);
    }
  }

  private _setEntry(key: string, value: JsonValue | undefined): void {
    const entry = this.map.get(key);
    if (this.nested && isObject(value)) {
      if (entry instanceof Y.Map) {
        this._setFields(entry, value);
      } else {
        this.map.set(
          key,
          new Y.Map(
            Object.entries(value).map(([field, item]) => [field, stored(item)])
          )
        );
      }
    } else {
      setOrDelete(this.map, key, value);
    }
  }

  private _setFields(entry: Y.Map<unknown>, value: JsonObject): void {
    for (const field of [...entry.keys()]) {
      if (!Object.hasOwn(value, field)) {
        entry.delete(field);
      }
    }
    for (const [field, next] of Object.entries(value)) {
      setOrDelete(entry, field, next);
    }
  }

  private _value: JsonObject = {};
  private readonly _stale = new Set<string>();
}

/** The JSON of what a shared map holds. */
function plain(value: unknown): JsonValue | undefined {
  if (!(value instanceof Y.Map)) {
    return restored(value as JsonValue | undefined);
  }
  const object: JsonObject = {};
  value.forEach((entry, key) =>
    put(object, key, restored(entry as JsonValue | undefined))
  );
  return object;
}

/** The key under which a value lies as text. */
const AS_TEXT = '$json';

/**
 * The value as Yjs can keep it. Yjs takes `constructor` in a value for its
 * class, and loses `__proto__` on the way to other browsers; both are names
 * that a person may give. A value with one of them is kept as its text.
 */
function stored(value: JsonValue): JsonValue {
  return isTrap(value) || (isObject(value) && Object.hasOwn(value, AS_TEXT))
    ? { [AS_TEXT]: JSON.stringify(value) }
    : value;
}

function restored(value: JsonValue | undefined): JsonValue | undefined {
  const text = isObject(value) ? own(value, AS_TEXT) : undefined;
  return typeof text === 'string' ? (JSON.parse(text) as JsonValue) : value;
}

function isTrap(value: JsonValue): boolean {
  if (Array.isArray(value)) {
    return value.some(isTrap);
  }
  return (
    isObject(value) &&
    Object.entries(value).some(
      ([key, item]) =>
        key === 'constructor' || key === '__proto__' || isTrap(item)
    )
  );
}

function setOrDelete(
  map: Y.Map<unknown>,
  key: string,
  value: JsonValue | undefined
): void {
  if (value === undefined) {
    map.delete(key);
  } else if (!map.has(key) || !sameJson(plain(map.get(key)), value)) {
    map.set(key, stored(value));
  }
}
