/** Values of parameters as people type them when they start a run. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JsonValue, ParameterType } from '../model/document';
import { formatTyped, readTyped, wanted } from '../ui/typed';

export { formatTyped as valueText };

export type Typed =
  | { readonly value: JsonValue; readonly error?: undefined }
  | { readonly error: string };

/** The value that a text stands for, or why it stands for none. */
export function readValue(
  type: ParameterType,
  text: string,
  trans: TranslationBundle
): Typed {
  const read = readTyped(type, text, trans);
  if (read.error !== undefined) {
    return read;
  }
  const { value } = read;
  return value === undefined ? { error: wanted(type, trans) } : { value };
}
