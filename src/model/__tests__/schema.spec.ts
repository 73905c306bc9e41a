import * as fc from 'fast-check';

import type * as law from '../../generated/pipeline';
import type { PipelineDocument, PipelineNode } from '../document';
import { isObject } from '../document';
import { LAW, definition, isLike, nodeFields } from '../law';
import type { Schema } from '../law';
import { checkNodeField, checkSchema } from '../schema';
import { documents } from './arbitraries';

/** Keywords that the interpreter obeys, and those that only tell. */
const KNOWN: Record<keyof Schema, true> = {
  $ref: true,
  $defs: true,
  title: true,
  description: true,
  const: true,
  enum: true,
  type: true,
  minLength: true,
  maxLength: true,
  pattern: true,
  minimum: true,
  maximum: true,
  minItems: true,
  maxItems: true,
  items: true,
  maxProperties: true,
  required: true,
  propertyNames: true,
  properties: true,
  additionalProperties: true,
  anyOf: true,
  oneOf: true
};

/** All schemas within a schema. */
function schemas(schema: Schema): Schema[] {
  const { items, propertyNames, additionalProperties: others } = schema;
  const inner = [
    ...Object.values(schema.$defs ?? {}),
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...[items, propertyNames, others].filter(one => isObject(one))
  ] as Schema[];
  return [schema, ...inner.flatMap(schemas)];
}

type KeysOf<T> = T extends T ? keyof T : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

describe('the schema', () => {
  it('uses only keywords that the interpreter obeys', () => {
    const used = new Set(schemas(LAW).flatMap(one => Object.keys(one)));
    const known = [...Object.keys(KNOWN), '$schema', '$id'];
    expect([...used].filter(keyword => !known.includes(keyword))).toEqual([]);
  });

  it('uses keywords only in the forms that the interpreter obeys', () => {
    const scalar = (value: unknown) =>
      !isObject(value) && !Array.isArray(value);
    for (const one of schemas(LAW)) {
      // A reference stands alone, but for words.
      if (one.$ref !== undefined) {
        const others = Object.keys(one).filter(
          keyword => !['$ref', 'title', 'description'].includes(keyword)
        );
        expect(others).toEqual([]);
        expect(definition(one.$ref.slice('#/$defs/'.length))).toBeDefined();
      }
      expect(Array.isArray(one.type)).toBe(false);
      expect((one.enum ?? []).every(scalar)).toBe(true);
      expect(scalar(one.const)).toBe(true);
      expect(() => new RegExp(one.pattern ?? '', 'u')).not.toThrow();
      expect(Object.keys(one.propertyNames ?? {})).not.toContain('maxLength');
    }
  });

  it('has the fields that the types have', () => {
    // Checked by the compiler: a field that the schema has and the type lacks.
    const nodes: Same<KeysOf<law.Node>, keyof PipelineNode> = true;
    const documents: Same<keyof law.Pipeline, keyof PipelineDocument> = true;
    expect([nodes, documents]).toEqual([true, true]);
  });
});

describe('checkSchema', () => {
  it('has nothing against valid documents', () => {
    fc.assert(
      fc.property(documents(false), document => {
        expect(checkSchema(document)).toEqual([]);
      }),
      { numRuns: 200 }
    );
  });

  it('tells where and what', () => {
    const issues = checkSchema({
      version: 1,
      nodes: {
        train: { type: 'notebook', path: 'a.ipynb', retries: 1.5, Label: null },
        Load: { type: 'kafka' },
        wait: { type: 'approval', path: 'x' }
      },
      edges: [{ from: 'train' }],
      colour: 'red'
    });
    expect(issues.map(one => [one.code, one.pointer, one.node])).toEqual([
      ['schema', '/colour', null],
      ['schema', '/edges/0', null],
      ['schema', '/nodes/Load', 'Load'],
      ['unknown-type', '/nodes/Load/type', 'Load'],
      ['schema', '/nodes/train/Label', 'train'],
      ['schema', '/nodes/train/retries', 'train'],
      ['schema', '/nodes/wait/path', 'wait']
    ]);
    expect(issues.map(one => one.message).slice(4)).toEqual([
      'Node train has Label, which is not known here.',
      'Node train: retries must be a whole number, not 1.5.',
      'Node wait has path, which is not known here.'
    ]);
    expect(issues[4].hint).toBe('Did you mean label?');
  });

  it('finds no key where an object only seems to have it', () => {
    const node = { type: 'constructor' };
    const issues = checkSchema({ version: 1, nodes: { toString: node } });
    expect(issues.map(one => one.pointer)).toEqual([
      '/nodes/toString',
      '/nodes/toString/type'
    ]);
    expect(checkSchema({ nodes: {} })[0].message).toBe(
      'The pipeline lacks version.'
    );
  });

  it('counts characters, not units', () => {
    const labelled = (label: string) =>
      checkSchema({ version: 1, nodes: { a: { type: 'approval', label } } });
    expect(labelled('🚀'.repeat(200))).toEqual([]);
    expect(labelled('🚀'.repeat(201))).toHaveLength(1);
  });

  it('shows a hundred issues at most', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`n${i}`, {}])
    );
    expect(checkSchema({ version: 1, nodes })).toHaveLength(100);
  });
});

describe('parts of the schema', () => {
  it('are at hand for forms', () => {
    expect(Object.keys(nodeFields('notebook') ?? {}).slice(0, 4)).toEqual([
      'type',
      'label',
      'description',
      'path'
    ]);
    expect(nodeFields('kafka')).toBeNull();
    expect(nodeFields('constructor')).toBeNull();
    expect(checkNodeField('notebook', 'timeout', '30m')).toEqual([]);
    expect(checkNodeField('notebook', 'timeout', 'soon')[0].pointer).toBe(
      '/timeout'
    );
    expect(isLike('name', 'class')).toBe(false);
    expect(isLike('name', 'alpha')).toBe(true);
  });
});
