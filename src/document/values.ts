/** Values of parameters as people type them. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { isObject } from '../model/document';
import type { JsonValue, Parameter } from '../model/document';

export type Typed =
  | { readonly value: JsonValue; readonly error?: undefined }
  | { readonly error: string };

/** How a value stands in a field. */
export function valueText(
  type: Parameter['type'],
  value: JsonValue | undefined
): string {
  if (value === undefined) {
    return '';
  }
  return type === 'string' && typeof value === 'string'
    ? value
    : JSON.stringify(value);
}

/** The value that a text stands for, or why it stands for none. */
export function readValue(
  type: Parameter['type'],
  text: string,
  trans: TranslationBundle
): Typed {
  if (type === 'string') {
    return { value: text };
  }
  let value: JsonValue;
  try {
    value = JSON.parse(text.trim()) as JsonValue;
  } catch {
    return { error: wanted(type, trans) };
  }
  return hasType(type, value) ? { value } : { error: wanted(type, trans) };
}

function hasType(type: Parameter['type'], value: JsonValue): boolean {
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
    default:
      return typeof value === 'string';
  }
}

function wanted(type: Parameter['type'], trans: TranslationBundle): string {
  switch (type) {
    case 'integer':
      return trans.__('A whole number is needed, such as 10.');
    case 'number':
      return trans.__('A number is needed, such as 0.5.');
    case 'boolean':
      return trans.__('Choose yes or no.');
    case 'list':
      return trans.__('A list is needed, such as [1, 2].');
    case 'object':
      return trans.__('An object is needed, such as {"a": 1}.');
    default:
      return trans.__('A text is needed.');
  }
}
