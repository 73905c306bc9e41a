/**
 * The schema of a pipeline file as a value: what a place of a document may hold.
 */
import law from '../../schemas/pipeline.v1.json';
import type { JsonValue } from './document';
import { own } from './document';

/** A schema: the keywords of JSON Schema that this interpreter knows. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  title?: string;
  description?: string;
  const?: JsonValue;
  enum?: JsonValue[];
  type?: SchemaType;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  maxProperties?: number;
  required?: string[];
  propertyNames?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export type SchemaType =
  'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';

/** schemas/pipeline.v1.json. Not to be changed. */
export const LAW = law as unknown as Schema;

/** The schema that a `$ref` leads to, within the file `root`. */
export function resolve(schema: Schema, root = LAW): Schema {
  let found = schema;
  while (found.$ref !== undefined) {
    found = definition(found.$ref.replace(/^#\/\$defs\//, ''), root);
  }
  return found;
}

/** A definition of a schema file, such as `duration`. */
export function definition(name: string, root = LAW): Schema {
  const found = own(root.$defs, name);
  if (!found) {
    throw new Error(`The schema has no definition ${name}`);
  }
  return found;
}

/** The definition of a type of nodes; null if it isn't known. */
export function nodeSchema(type: string): Schema | null {
  return branchesOf(definition('node')).byType.get(type) ?? null;
}

/** The fields of a type of nodes, in their order; null if it isn't known. */
export function nodeFields(type: string): Record<string, Schema> | null {
  return nodeSchema(type)?.properties ?? null;
}

/** Whether a text has the form of a definition: `isLike('id', text)`. */
export function isLike(name: 'id' | 'name', text: string): boolean {
  return patternOf(definition(name).pattern ?? '').test(text);
}

/** The branches of a `oneOf`, by the property that tells them apart. */
export function branchesOf(
  schema: Schema,
  root = LAW
): {
  key: string;
  byType: ReadonlyMap<JsonValue, Schema>;
} {
  let found = branches.get(schema);
  if (!found) {
    const all = (schema.oneOf ?? []).map(one => resolve(one, root));
    const constant = (branch: Schema, key: string) =>
      own(branch.properties, key)?.const;
    const key =
      Object.keys(all[0].properties ?? {}).find(name =>
        all.every(branch => constant(branch, name) !== undefined)
      ) ?? '';
    found = {
      key,
      byType: new Map(all.map(one => [constant(one, key) ?? null, one]))
    };
    branches.set(schema, found);
  }
  return found;
}

const branches = new WeakMap<Schema, ReturnType<typeof branchesOf>>();
const patterns = new Map<string, RegExp>();

/** A pattern of the schema, compiled. */
export function patternOf(source: string): RegExp {
  let found = patterns.get(source);
  if (!found) {
    found = new RegExp(source, 'u');
    patterns.set(source, found);
  }
  return found;
}
