import type { PipelineDocument } from '../document';
import { readPipeline } from '../read';
import { isRelativePath } from '../paths';
import { looksSecret } from '../secrets';
import { hasType, validate } from '../validate';
import { cpuTime } from './cpu';

describe('readPipeline', () => {
  it('gives the document of a pipeline', () => {
    const read = readPipeline('{"version": 1, "nodes": {}}');
    expect(read).toEqual({
      document: { version: 1, nodes: {} },
      format: 'mlops-1',
      issues: []
    });
  });

  it('keeps nodes of unknown types', () => {
    const node = '{"type": "kafka", "topic": 5}';
    const read = readPipeline(`{"version": 1, "nodes": {"a": ${node}}}`);
    expect(read.document?.nodes.a).toEqual({ type: 'kafka', topic: 5 });
    expect(read.issues.map(({ code }) => code)).toEqual(['unknown-type']);
  });

  it.each([
    ['{"nodes": {}}', 'unknown', 'schema'],
    ['{"version": 1, "nodes": []}', 'mlops-1', 'schema'],
    ['{"version": 2, "nodes": {}}', 'unknown', 'unsupported-version'],
    ['{"nbformat": 4, "cells": []}', 'unknown', 'schema'],
    ['[]', 'unknown', 'schema'],
    ['{', 'unknown', 'bad-json']
  ])('gives no document for %s', (text, format, code) => {
    const read = readPipeline(text);
    expect([read.document, read.format]).toEqual([null, format]);
    expect(read.issues[0].code).toBe(code);
  });

  it.each([
    ['8', 'elyra-8'],
    ['7.9', 'elyra-7'],
    ['"5.0"', 'elyra-5'],
    ['"x"', 'elyra-0'],
    ['null', 'elyra-0'],
    ['9', 'unknown']
  ])('tells the format of Elyra, version %s', (version, format) => {
    const flow = `{"app_data": {"version": ${version}}}`;
    const text = `{"doc_type": "pipeline", "pipelines": [${flow}]}`;
    const read = readPipeline(text);
    expect([read.document, read.format]).toEqual([null, format]);
    expect(read.issues.map(({ code }) => code)).toEqual([
      'unsupported-version'
    ]);
  });
});

describe('validate', () => {
  it('tells of edges, comments and references to nothing', () => {
    const document: PipelineDocument = {
      version: 1,
      nodes: {
        a: {
          type: 'script',
          path: 'a.py',
          parameters: {
            p: { from: 'parameters.constructor' },
            q: { from: 'nodes.constructor.results.x' },
            r: { from: 'nodes.b.results.x' }
          }
        },
        b: { type: 'script', path: 'b.py' }
      },
      edges: [{ from: 'a', to: 'valueof' }],
      comments: { c: { text: '', nodes: ['gone'] } }
    };
    expect(validate(document).map(one => [one.code, one.pointer])).toEqual([
      ['unknown-node', '/edges/0/to'],
      ['unknown-parameter', '/nodes/a/parameters/p'],
      ['unknown-node', '/nodes/a/parameters/q'],
      ['missing-edge', '/nodes/a/parameters/r'],
      ['unknown-node', '/comments/c/nodes/0']
    ]);
  });

  it('looks through a large pipeline while one types', () => {
    const ids = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    const document: PipelineDocument = {
      version: 1,
      nodes: Object.fromEntries(
        ids.map(id => [
          id,
          { type: 'notebook', path: `${id}.ipynb`, outputs: [`${id}.csv`] }
        ])
      ),
      edges: ids.slice(1).map((to, i) => ({ from: ids[i], to }))
    };
    expect(validate(document)).toEqual([]);
    // About 5 ms on a quiet machine.
    expect(cpuTime(() => validate({ ...document }))).toBeLessThan(100);
  });
});

describe('what values look like', () => {
  it('is told for forms', () => {
    expect(hasType(1, 'integer')).toBe(true);
    expect(hasType(1.5, 'integer')).toBe(false);
    expect(hasType(true, 'number')).toBe(false);
    expect(hasType(null, 'object')).toBe(false);
    expect(hasType([], 'list')).toBe(true);
    expect(looksSecret('x', 'API_KEY')).toBe(true);
    expect(looksSecret('x', 'KEYBOARD')).toBe(false);
    expect(looksSecret('', 'API_KEY')).toBe(false);
    expect(looksSecret('AKIAABCDEFGHIJKLMNOP')).toBe(true);
    expect(isRelativePath('../a.py')).toBe(true);
    expect(isRelativePath('s3://a')).toBe(false);
  });
});
