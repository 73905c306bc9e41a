/**
 * The files that both halves are held against, and what must be said of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { canonicalize } from '../canonical';
import { tidy } from '../issues';
import { readPipeline } from '../read';
import { validate } from '../validate';
import { cpuTime } from './cpu';

const CORPUS = resolve(__dirname, '../../../schemas/corpus');

interface Expected {
  format: string;
  issues: [string, string, string][];
  canonical?: boolean;
}

function expected(kind: string): [string, Expected][] {
  const text = readFileSync(join(CORPUS, kind, 'expected.json'), 'utf8');
  return Object.entries(JSON.parse(text) as Record<string, Expected>);
}

function judge(bytes: string | Uint8Array): Expected {
  const { document, format, issues } = readPipeline(bytes);
  const all = document ? tidy([...issues, ...validate(document)]) : issues;
  return {
    format,
    issues: all.map(({ severity, code, pointer }) => [severity, code, pointer])
  };
}

describe.each(['good', 'bad'])('the %s files of the corpus', kind => {
  it.each(expected(kind))('%s', (name, { format, issues, canonical }) => {
    const path = join(CORPUS, kind, name);
    expect(existsSync(path)).toBe(true);
    const bytes = new Uint8Array(readFileSync(path));
    expect(judge(bytes)).toEqual({ format, issues });
    if (canonical !== undefined) {
      const text = readFileSync(path, 'utf8');
      const { document } = readPipeline(text);
      expect(canonicalize(document ?? {}) === text).toBe(canonical);
    }
  });
});

describe('files that are too large', () => {
  const many = (count: number, one: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => one(index)).join(',');
  const node = (index: number) => `"n${index}": {"type": "approval"}`;
  const edge = () => '{"from": "a", "to": "b"}';

  it.each([
    ['nodes', `{"version": 1, "nodes": {${many(5001, node)}}}`],
    ['edges', `{"version": 1, "nodes": {}, "edges": [${many(20_001, edge)}]}`]
  ])('have too many %s', (what, text) => {
    expect(judge(text)).toEqual({
      format: 'unknown',
      issues: [['error', 'too-large', `/${what}`]]
    });
  });

  it('are read up to the limit, and quickly', () => {
    const text = `{"version": 1, "nodes": {${many(5000, node)}}, "edges": [${many(
      20_000,
      index => `{"from": "n${index % 4999}", "to": "n${(index % 4999) + 1}"}`
    )}]}`;
    const time = cpuTime(() => {
      const { issues } = judge(text);
      expect(issues.every(([, code]) => code !== 'too-large')).toBe(true);
    }, 3);
    expect(time).toBeLessThan(1500);
  });
});
