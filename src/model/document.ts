/**
 * The pipeline as a value: its types, and the words that all of src/model uses
 * to speak about it. The types come from the schema; what TypeScript cannot
 * take from there (JSON values, nodes of a type that this version doesn't
 * know) is said here.
 *
 * Values are never changed in place: who wants another document makes a patch.
 */
import type * as law from '../generated/pipeline';

export type {
  Comment,
  Condition,
  Edge,
  EnvValue,
  Position,
  Resources,
  RuntimeSettings,
  Secret
} from '../generated/pipeline';

export type JsonValue =
  null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

export type ParameterType = law.Parameter['type'];
export type NodeType = law.Node['type'];

/** A value that is given to the pipeline when it starts. */
export interface Parameter extends Omit<law.Parameter, 'default'> {
  default?: JsonValue;
}

/**
 * A node of any type, also of one that this version doesn't know. Which fields
 * a type has is in the schema (see `nodeFields` in schema.ts).
 */
export interface PipelineNode
  extends
    Omit<law.Approval, 'type' | 'extra'>,
    Partial<Pick<law.Notebook, 'path' | 'kernel' | 'queue' | 'pool'>>,
    Partial<Pick<law.AirflowOperator, 'operator'>> {
  type: NodeType | (string & {});
  parameters?: Record<string, JsonValue>;
  fields?: Record<string, JsonValue>;
  component?: JsonValue;
  extra?: JsonValue;
}

export interface Schedule {
  cron: string;
  timezone?: string;
  parameters?: Record<string, JsonValue>;
}

export type Defaults = NonNullable<law.Pipeline['defaults']>;

/** A pipeline file, version 1. */
export interface PipelineDocument extends Omit<
  law.Pipeline,
  'parameters' | 'schedule' | 'nodes' | 'extra'
> {
  parameters?: Record<string, Parameter>;
  schedule?: Schedule;
  nodes: Record<string, PipelineNode>;
  extra?: JsonValue;
}

/** Something that a person should know about a pipeline, with its place. */
export interface Issue {
  severity: 'error' | 'warning';
  code: string;
  /** JSON pointer into the document; '' is the document itself. */
  pointer: string;
  node: string | null;
  message: string;
  hint: string;
  /** Only of a `cycle`: the nodes that it goes through, in order. */
  nodes?: string[];
}

/** What is selected on the canvas: ids, and the keys of edges. */
export interface Selection {
  nodes: string[];
  edges: string[];
  comments: string[];
}

/** A place on the canvas: x and y. */
export type Point = readonly [number, number];

/** Size of a node on the canvas, in pixels. */
export const NODE_SIZE = { width: 200, height: 56 } as const;

/** Size of a comment whose layout says none. */
export const COMMENT_SIZE = { width: 200, height: 80 } as const;

/** A new pipeline. */
export function emptyDocument(): PipelineDocument {
  return { version: 1, nodes: {} };
}

/**
 * The value of an own key. Keys are chosen by people: a node may be called
 * `constructor`, which every object seems to have.
 */
export function own<T>(
  record: { readonly [key: string]: T } | undefined,
  key: string
): T | undefined {
  return record !== undefined && Object.hasOwn(record, key)
    ? record[key]
    : undefined;
}

/** Set a key, whatever its name: `__proto__` is a key like others. */
export function setOwn<T>(
  record: { [key: string]: T },
  key: string,
  value: T
): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true
    });
  } else {
    record[key] = value;
  }
}

/** A copy of a record without a key. */
export function without<T>(
  record: { readonly [key: string]: T },
  key: string
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).filter(([other]) => other !== key)
  );
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two JSON values say the same; the order of keys says nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => sameJson(one, b[i]));
  }
  if (!isObject(a) || !isObject(b)) {
    return false;
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/** A typed part of a document as the plain JSON that it is. */
export function asJson(value: object): JsonValue {
  return value as JsonValue;
}

/** The JSON pointer (RFC 6901) of a path. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path
    .map(part => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`)
    .join('');
}

/** Compare as Unicode code points do, which is not how UTF-16 units do. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) {
      // A surrogate stands for a code point above all that have one unit.
      const high = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? 1 : 0);
      return high(x) - high(y) || x - y;
    }
  }
  return a.length - b.length;
}
