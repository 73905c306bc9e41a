/**
 * From the schema to forms: what kind of field a part of the schema asks for,
 * and how its values are written and read. A new field of the schema gets a
 * form without anything being added here.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JsonValue } from '../model/document';
import { resolve } from '../model/law';
import type { Schema } from '../model/law';
import { checkValue } from '../model/schema';
import type { Read } from '../ui/typed';

export type Kind =
  | 'text'
  | 'long'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'kernel'
  | 'paths'
  | 'env'
  | 'values'
  | 'group'
  | 'json';

/** Kinds that a definition of the schema has, wherever it is used. */
const BY_DEFINITION = new Map<string, Kind>([
  ['#/$defs/kernel', 'kernel'],
  ['#/$defs/paths', 'paths'],
  ['#/$defs/env', 'env'],
  ['#/$defs/values', 'values']
]);

/** A text that may be longer than this is written in several lines. */
const LINE = 5000;
/** A description no longer than this is a unit: "Cores." */
const UNIT = 20;

export function kindOf(reference: Schema): Kind {
  const known = BY_DEFINITION.get(reference.$ref ?? '');
  if (known) {
    return known;
  }
  const schema = resolve(reference);
  if (schema.enum) {
    return 'choice';
  }
  switch (schema.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return (schema.maxLength ?? 0) > LINE ? 'long' : 'text';
    case 'object':
      return schema.properties ? 'group' : 'json';
    default:
      return 'json';
  }
}

/** A text of the schema in the person's language. */
export function schemaText(text: string, trans: TranslationBundle): string {
  // The schema is where it is written; catalogues take it from there, as they
  // take the titles of settings from theirs.
  // eslint-disable-next-line jupyter/no-dynamic-translation -- see above
  return trans._p('schema', text);
}

/** A title and description; those beside a `$ref` say more than its own. */
export function wordsOf(
  name: string,
  reference: Schema,
  trans: TranslationBundle
): { title: string; description: string } {
  const schema = resolve(reference);
  const title = reference.title ?? schema.title ?? name;
  const description = reference.description ?? schema.description ?? '';
  return {
    title: schemaText(title, trans),
    description: description && schemaText(description, trans)
  };
}

/** What an empty field shows of its description: an example, or the unit. */
export function exampleOf(reference: Schema, trans: TranslationBundle): string {
  const { description } = wordsOf('', reference, trans);
  const [, example = ''] =
    /(such as [^.]+)/.exec(description) ?? /: ([^.(]+)/.exec(description) ?? [];
  const isShort = description.length > 0 && description.length <= UNIT;
  return example.trim() || (isShort ? description.replace(/\.$/, '') : '');
}

/** How a value stands in a field of one line. */
export function format(value: JsonValue | undefined): string {
  if (value === undefined) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value that a text means for a part of the schema. */
export function read(
  text: string,
  reference: Schema,
  trans: TranslationBundle
): Read {
  const schema = resolve(reference);
  if (text.trim() === '') {
    return { value: undefined };
  }
  if (kindOf(reference) === 'json') {
    return readJson(text, schema, trans);
  }
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  const candidates: JsonValue[] = isNumber
    ? [Number(text.trim().replace(',', '.'))]
    : spellings(text);
  const value = candidates.find(
    candidate => checkValue(candidate, schema).length === 0
  );
  return value === undefined ? { error: wanted(reference, trans) } : { value };
}

/** "30 M" and "4 gb" are understood, and written as the file has them. */
function spellings(text: string): string[] {
  const tight = text.replace(/\s+/g, '');
  const unit = tight.toUpperCase().replace(/I?B$/, '');
  return [
    text,
    text.trim(),
    tight,
    tight.toLowerCase(),
    tight.toUpperCase(),
    unit
  ];
}

function readJson(
  text: string,
  schema: Schema,
  trans: TranslationBundle
): Read {
  try {
    const value = JSON.parse(text) as JsonValue;
    const [issue] = checkValue(value, schema);
    return issue ? { error: issue.message } : { value };
  } catch {
    return { error: trans.__('This is not JSON yet.') };
  }
}

function wanted(reference: Schema, trans: TranslationBundle): string {
  const schema = resolve(reference);
  const { minimum, maximum, type } = schema;
  if (type === 'integer' || type === 'number') {
    const what =
      type === 'integer' ? trans.__('a whole number') : trans.__('a number');
    return minimum === undefined || maximum === undefined
      ? trans.__('This must be %1.', what)
      : trans.__('This must be %1 from %2 to %3.', what, minimum, maximum);
  }
  const { description } = wordsOf('', reference, trans);
  return description || trans.__('This cannot be written so.');
}

/** The words for one of several choices. */
export function choiceLabel(
  value: JsonValue,
  trans: TranslationBundle
): string {
  switch (value) {
    case 'auto':
      return trans.__('If nothing it reads has changed');
    case 'always':
      return trans.__('Always, if its inputs are the same');
    case 'never':
      return trans.__('Never: run it every time');
    default:
      return format(value);
  }
}
