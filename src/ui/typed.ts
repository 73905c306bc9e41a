/** Values of parameters as people type them, by the type that was declared. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { isObject } from '../model/document';
import type { JsonValue, ParameterType } from '../model/document';

/** A text as a value, or why it is none. `undefined` means "not set". */
export type Read<T = JsonValue> =
  | { readonly value: T | undefined; readonly error?: undefined }
  | { readonly error: string };

/** A type, or null where none was declared: the text tells it. */
export type Typing = ParameterType | null;

const TYPES: readonly string[] = [
  'string',
  'integer',
  'number',
  'boolean',
  'list',
  'object'
];

export function typing(name: string | null | undefined): Typing {
  return name && TYPES.includes(name) ? (name as ParameterType) : null;
}

/** The type of a value; null is of none. */
export function typeOf(value: JsonValue | undefined): Typing {
  if (value === undefined || value === null) {
    return null;
  }
  if (Array.isArray(value)) {
    return 'list';
  }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? 'integer' : 'number';
  }
  return typing(typeof value);
}

export function hasType(type: Typing, value: JsonValue): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'string':
      return typeof value === 'string';
    default:
      return true;
  }
}

/** How a value stands in a field. */
export function formatTyped(
  type: Typing,
  value: JsonValue | undefined
): string {
  if (value === undefined) {
    return '';
  }
  if (typeof value !== 'string') {
    return JSON.stringify(value);
  }
  // Where the text tells the type, "5" in quotes is the text 5.
  return type === 'string' || !readsAsJson(value)
    ? value
    : JSON.stringify(value);
}

/** The value that a text means. */
export function readTyped(
  type: Typing,
  text: string,
  trans: TranslationBundle
): Read {
  if (type === 'string') {
    return { value: text };
  }
  if (text.trim() === '') {
    return { value: undefined };
  }
  const value = parse(text);
  if (type === null) {
    return { value: value === undefined ? text : value };
  }
  return value !== undefined && hasType(type, value)
    ? { value }
    : { error: wanted(type, trans) };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text.trim()) as JsonValue;
  } catch {
    return undefined;
  }
}

function readsAsJson(text: string): boolean {
  return text.trim() === '' || parse(text) !== undefined;
}

export function typeLabel(type: Typing, trans: TranslationBundle): string {
  switch (type) {
    case 'string':
      return trans.__('text');
    case 'integer':
      return trans.__('integer');
    case 'number':
      return trans.__('number');
    case 'boolean':
      return trans.__('yes or no');
    case 'list':
      return trans.__('list');
    case 'object':
      return trans.__('object');
    default:
      return '';
  }
}

/** What a text that is no value of a type should have been. */
export function wanted(type: Typing, trans: TranslationBundle): string {
  switch (type) {
    case 'integer':
      return trans.__('A whole number is needed, such as 10.');
    case 'number':
      return trans.__('A number is needed, such as 0.5.');
    case 'list':
      return trans.__('A list is needed, such as [1, 2].');
    case 'object':
      return trans.__('An object is needed, such as {"a": 1}.');
    default:
      return trans.__('Choose yes or no.');
  }
}

/** A value of one type as another, where it has one; else a plain start. */
export function convert(
  value: JsonValue | undefined,
  type: ParameterType
): JsonValue {
  if (value !== undefined && hasType(type, value)) {
    return value;
  }
  const parsed = typeof value === 'string' ? parse(value) : undefined;
  switch (type) {
    case 'string':
      return value === undefined || value === null
        ? ''
        : formatTyped(type, value);
    case 'boolean':
      return parsed === true;
    case 'list':
      return Array.isArray(parsed) ? parsed : [];
    case 'object':
      return isObject(parsed) ? parsed : {};
    default: {
      const number = Number(typeof value === 'number' ? value : parsed);
      const finite = Number.isFinite(number) ? number : 0;
      return type === 'integer' ? Math.round(finite) : finite;
    }
  }
}
