/** Descriptions of what commands take, for those who run them from elsewhere. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

/** The JSON schema of a command's arguments; all of them know `path`. */
export function argsSchema(
  properties: ReadonlyJSONObject = {},
  trans: TranslationBundle
): ReadonlyJSONObject {
  return {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        description: trans.__(
          'The pipeline, by its path on the server; the current one when absent'
        )
      },
      ...properties
    }
  };
}
