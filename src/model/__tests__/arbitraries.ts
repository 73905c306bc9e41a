/**
 * Documents at random, all of them valid; mutations.ts does something to them.
 */
import * as fc from 'fast-check';

import type {
  Edge,
  JsonObject,
  JsonValue,
  Parameter,
  PipelineDocument,
  PipelineNode
} from '../document';
import { asJson, setOwn } from '../document';
import { isReference } from '../references';

/** Ids and names on which naive code trips are as frequent as others. */
const IDS = ['load', 'train', 'a', 'b-2', 'constructor', 'valueof', 'x_y', 'e'];
const NAMES = [
  'rows',
  'auc',
  '__proto__',
  'constructor',
  'toString',
  'X1',
  '_'
];
const KEYS = [
  ...NAMES,
  '10',
  '9',
  '',
  'é',
  '\ufffd',
  '🚀',
  'a/b',
  'm~n',
  'from'
];

export const id = fc.oneof(
  fc.constantFrom(...IDS),
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/)
);
export const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.stringMatching(/^[A-Z_][A-Za-z0-9_]{0,8}$/)
);
export const key = fc.oneof(
  fc.constantFrom(...KEYS),
  fc.string({ unit: 'binary' })
);

/** Numbers that can be written and read again. */
export const number = fc.oneof(
  fc.integer({ min: -100, max: 100 }),
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map(value => value + 0)
    .filter(value => Math.abs(value) < 2 ** 53 || Math.abs(value) >= 1e21),
  fc.constantFrom(1e21, 5e-324, 1e-7, 0.000001, 123456789012345.6, 1.5e300)
);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    'weekly **report**',
    '\u2028\u007f\u0000"\\\n',
    '\u202eright to left',
    'AKIAABCDEFGHIJKLMNOP',
    ''
  )
);

function record<T>(
  keys: fc.Arbitrary<string>,
  values: fc.Arbitrary<T>,
  maxLength: number
): fc.Arbitrary<Record<string, T>> {
  return fc
    .uniqueArray(fc.tuple(keys, values), { maxLength, selector: ([k]) => k })
    .map(pairs => {
      const made: Record<string, T> = {};
      pairs.forEach(([k, value]) => setOwn(made, k, value));
      return made;
    });
}

/** Any JSON value of few levels. */
export const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>(
  tie => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      number,
      text,
      fc.array(tie('value'), { maxLength: 3 }),
      record(key, tie('value'), 3)
    )
  })
).value;

const duration = fc.constantFrom('90s', '30m', '2h', '9999999s');
const env = record(
  fc.oneof(name, fc.constantFrom('API_KEY', 'KEYBOARD', 'my_token')),
  fc.oneof(
    fc.constantFrom('', 'info', 'ghp_0123456789012345678901'),
    fc.constantFrom({ secret: 'churn-api' }, { secret: 'A.b_c-1' })
  ),
  2
);
const resources = fc.record(
  {
    cpu: fc.constantFrom(0, 0.5, 2, 10000),
    memory: fc.constantFrom('512M', '4G'),
    gpu: fc.integer({ min: 0, max: 3 })
  },
  { requiredKeys: [] }
);
const path = fc.constantFrom(
  'load.ipynb',
  'sub/Train Model.ipynb',
  'a.py',
  'b.sh',
  'c.R',
  'd.txt',
  '/etc/passwd',
  '~/x.ipynb',
  's3://bucket/x.ipynb',
  'C:\\x.ipynb'
);
const paths = fc.array(
  fc.constantFrom('out.csv', './out.csv', 'a/../out.csv', 'b.csv', '../c', '/'),
  { maxLength: 3 }
);

const common = {
  label: text,
  description: text,
  disabled: fc.boolean(),
  retries: fc.integer({ min: 0, max: 100 }),
  retry_delay: duration,
  timeout: duration,
  env,
  reuse: fc.constantFrom('auto' as const, 'always' as const, 'never' as const),
  resources,
  files: paths,
  outputs: paths,
  extra: json
};
const files = {
  path,
  kernel: fc.constantFrom('python3', 'ir'),
  queue: text,
  pool: text
};

/** Fields that are there seldom, so that documents stay small. */
function node(
  type: string,
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>>
): fc.Arbitrary<PipelineNode> {
  const some = fc
    .subarray(Object.keys(optional), { maxLength: 4 })
    .chain(keys =>
      fc.record(Object.fromEntries(keys.map(k => [k, optional[k]])))
    );
  return fc
    .tuple(fc.record(required), some)
    .map(([a, b]) => ({ type, ...a, ...b }));
}

export const anyNode: fc.Arbitrary<PipelineNode> = fc.oneof(
  { arbitrary: node('notebook', { path }, { ...files, ...common }), weight: 5 },
  { arbitrary: node('script', { path }, { ...files, ...common }), weight: 2 },
  node('pipeline', { path }, common),
  node('monitor', { path }, common),
  node('approval', {}, common),
  node(
    'operator',
    { operator: fc.constant('a.b.C') },
    { ...common, fields: record(name, json, 2) }
  ),
  node('kfp', {}, { ...common, component: json })
);

const TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'list',
  'object'
] as const;
const parameter: fc.Arbitrary<Parameter> = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    default: json,
    description: text
  },
  { requiredKeys: ['type'] }
);

const condition = fc.record({
  result: name,
  op: fc.constantFrom('<', '<=', '>', '>=', '==', '!=') as fc.Arbitrary<'<'>,
  value: fc.oneof(number, fc.boolean(), fc.constant(null), fc.constant('x'))
});

const position = fc.oneof(
  fc.tuple(
    fc.integer({ min: -1e6, max: 1e6 }),
    fc.integer({ max: 1e6, min: 0 })
  ),
  fc.tuple(fc.constant(1.5), fc.constant(2), fc.constant(200), fc.constant(80))
);

/** What a parameter of the node at `index` may be given. */
function given(
  ids: readonly string[],
  parameters: readonly string[]
): fc.Arbitrary<JsonValue> {
  const known = <T>(list: readonly T[], other: fc.Arbitrary<T>) =>
    list.length > 0
      ? fc.oneof({ arbitrary: fc.constantFrom(...list), weight: 5 }, other)
      : other;
  return fc.oneof(
    json.filter(value => !isReference(value)),
    known(parameters, name).map(n => ({ from: `parameters.${n}` })),
    fc
      .tuple(known(ids, id), name)
      .map(([from, n]) => ({ from: `nodes.${from}.results.${n}` })),
    json.map(value => ({ value }))
  );
}

/** Documents that the schema takes; `isAcyclic` unless cycles are wanted. */
export function documents(isAcyclic = true): fc.Arbitrary<PipelineDocument> {
  return fc
    .record({
      ids: fc.uniqueArray(id, { maxLength: 7 }),
      comments: fc.uniqueArray(id, { maxLength: 2 }),
      parameters: record(name, parameter, 3)
    })
    .chain(({ ids, comments, parameters }) => {
      const notes = comments.filter(one => !ids.includes(one));
      const pair = fc.tuple(fc.nat(), fc.nat());
      const values = given(ids, Object.keys(parameters));
      return fc
        .record({
          nodes: fc.tuple(...ids.map(() => anyNode)),
          values: fc.tuple(...ids.map(() => record(name, values, 2))),
          edges: fc.array(fc.tuple(pair, fc.option(condition)), {
            maxLength: 8
          }),
          comments: fc.tuple(
            ...notes.map(() => fc.tuple(text, fc.subarray(ids)))
          ),
          layout: fc.array(position, { maxLength: ids.length + notes.length }),
          description: fc.option(text),
          defaults: fc.option(
            fc.record(
              {
                kernel: files.kernel,
                retries: common.retries,
                timeout: duration,
                env,
                resources
              },
              { requiredKeys: [] }
            )
          ),
          schedule: fc.option(
            fc.record(
              {
                cron: fc.constant('0 6 * * *'),
                parameters: record(name, json, 2)
              },
              { requiredKeys: ['cron'] }
            )
          ),
          runtimes: fc.option(
            record(key, fc.constantFrom({}, { queue: 'q', tags: ['t'] }), 2)
          ),
          extra: fc.option(json)
        })
        .map(made => {
          const document: PipelineDocument = { version: 1, nodes: {} };
          const set = (field: string, value: unknown) =>
            value === null ||
            ((document as unknown as JsonObject)[field] = value as JsonValue);
          ids.forEach((one, i) => {
            const content = made.nodes[i];
            if (content.type in { notebook: 1, script: 1, pipeline: 1 }) {
              const values = made.values[i];
              if (Object.keys(values).length > 0) {
                content.parameters = values;
              }
            }
            document.nodes[one] = content;
          });
          const edges = new Map<string, Edge>();
          for (const [[a, b], when] of made.edges) {
            if (ids.length > 1) {
              let [i, j] = [a % ids.length, b % ids.length];
              [i, j] = isAcyclic && i > j ? [j, i] : [i, j];
              const ends = { from: ids[i], to: ids[j] };
              if (!isAcyclic || i !== j) {
                edges.set(`${i} ${j}`, when ? { ...ends, when } : ends);
              }
            }
          }
          if (edges.size > 0) {
            document.edges = [...edges.values()];
          }
          if (notes.length > 0) {
            document.comments = {};
            notes.forEach((one, i) => {
              const [about, nodes] = made.comments[i];
              document.comments![one] =
                nodes.length > 0 ? { text: about, nodes } : { text: about };
            });
          }
          if (made.layout.length > 0) {
            document.layout = {};
            [...ids, ...notes].forEach((one, i) => {
              if (made.layout[i]) {
                document.layout![one] = made.layout[i];
              }
            });
          }
          if (Object.keys(parameters).length > 0) {
            document.parameters = parameters;
          }
          for (const field of [
            'description',
            'defaults',
            'schedule',
            'runtimes',
            'extra'
          ] as const) {
            set(field, made[field]);
          }
          return document;
        });
    });
}

/** Plain JSON of a document, for mutation and comparison. */
export function plain(document: PipelineDocument): JsonValue {
  return asJson(document);
}

/** A deep copy; JSON.parse keeps `__proto__` as the key that it is. */
export function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
