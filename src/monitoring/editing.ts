/**
 * The text of a monitor as a document that a form edits. The text is the only
 * document: what the form writes is the text again, and what it cannot show is
 * kept as it is.
 */
import { isObject, own } from '../model/document';
import type { JsonObject, JsonValue } from '../model/document';
import { parseStrict } from '../model/strictjson';

/** A document, or why the text is none. */
export type Reading =
  { document: JsonObject; error?: undefined } | { error: string };

export function readMonitor(text: string): Reading {
  const read = parseStrict(text);
  if (!read.ok) {
    return { error: read.issues[0]?.message ?? '' };
  }
  return isObject(read.value)
    ? { document: read.value }
    : { error: 'The text is no JSON object.' };
}

/** The value at a path of keys; undefined where there is none. */
export function valueAt(
  document: JsonValue | undefined,
  path: readonly string[]
): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, key) => (isObject(value) ? own(value, key) : undefined),
    document
  );
}

/** The text at a path of keys; empty where there is none. */
export function textAt(
  document: JsonValue | undefined,
  path: readonly string[]
): string {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : '';
}

/** A copy with the value at a path set, or removed where it is undefined. */
export function withValueAt(
  document: JsonObject,
  path: readonly string[],
  next: JsonValue | undefined
): JsonObject {
  const [key, ...rest] = path;
  const old = own(document, key);
  const value =
    rest.length === 0
      ? next
      : isObject(old) || next !== undefined
        ? withValueAt(isObject(old) ? old : {}, rest, next)
        : old;
  const entries = Object.entries(document).filter(([name]) => name !== key);
  const at = Object.keys(document).indexOf(key);
  if (value !== undefined) {
    entries.splice(at < 0 ? entries.length : at, 0, [key, value]);
  }
  return Object.fromEntries(entries);
}

/** A list as a person types it: "f, m"; numbers and true or false are those. */
export function readList(text: string): JsonValue[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(scalar);
}

export function listText(value: JsonValue | undefined): string {
  return Array.isArray(value) ? value.map(scalarText).join(', ') : '';
}

/** What a text means where a number, a truth or a text may stand. */
export function scalar(text: string): JsonValue {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') {
    return trimmed === 'true';
  }
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) {
    return Number(trimmed);
  }
  return /^".*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

/** A text that looks like a number stands in quotes, so that it stays a text. */
export function scalarText(value: JsonValue | undefined): string {
  if (typeof value === 'string') {
    return typeof scalar(value) === 'string' ? value : `"${value}"`;
  }
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
