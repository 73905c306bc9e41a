import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import * as fc from 'fast-check';

import { canonicalize } from '../canonical';
import { byCodePoint, isObject } from '../document';
import { MONITOR_LAW } from '../monitorlaw';
import { readPipeline } from '../read';
import { parseStrict } from '../strictjson';
import { cpuTime } from './cpu';
import { clone, documents, id, json, key } from './arbitraries';

const CORPUS = resolve(__dirname, '../../../schemas/corpus/canonical');
const MONITORS = resolve(__dirname, '../../../schemas/corpus/monitor/good');

describe('canonicalize', () => {
  it('gives a text that is read as the same document, and written the same', () => {
    fc.assert(
      fc.property(documents(), document => {
        const text = canonicalize(document);
        const again = parseStrict(text);
        const edges = [...(document.edges ?? [])].sort(
          (a, b) => byCodePoint(a.from, b.from) || byCodePoint(a.to, b.to)
        );
        const sorted = document.edges ? { ...document, edges } : document;
        expect(again).toEqual({ ok: true, value: clone(sorted) });
        expect(again.ok && canonicalize(again.value)).toBe(text);
      }),
      { numRuns: 300 }
    );
  });

  it('does not depend on the order of keys', () => {
    const shuffled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shuffled)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([k, v]) => [k, shuffled(v)])
            )
          : value;
    fc.assert(
      fc.property(documents(), document => {
        const other = shuffled(document) as object;
        expect(canonicalize(other)).toBe(canonicalize(document));
      }),
      { numRuns: 100 }
    );
  });

  it('has the layout of JSON.stringify', () => {
    fc.assert(
      fc.property(json, extra => {
        const text = canonicalize({ version: 1, nodes: {}, extra });
        expect(JSON.stringify(JSON.parse(text), null, 2).length).toBe(
          text.length - 1
        );
      })
    );
  });

  it('writes the fields in the order of the schema, and ids sorted', () => {
    const label = 'B';
    const text = canonicalize({
      layout: { b: [1, 2] },
      edges: [
        { to: 'b', from: 'a' },
        { to: 'a', from: 'a' }
      ],
      nodes: {
        b: { path: 'b.py', type: 'script', label },
        a: { type: 'approval' }
      },
      version: 1
    });
    expect(JSON.parse(text)).toEqual({
      version: 1,
      nodes: {
        a: { type: 'approval' },
        b: { type: 'script', label, path: 'b.py' }
      },
      edges: [
        { from: 'a', to: 'a' },
        { from: 'a', to: 'b' }
      ],
      layout: { b: [1, 2] }
    });
    const order = [...text.matchAll(/"(\w+)":/g)].map(match => match[1]);
    expect(order.join(' ')).toBe(
      'version nodes a type b type label path edges from to from to layout b'
    );
  });

  it('refuses what JSON cannot say', () => {
    expect(() => canonicalize({ extra: NaN })).toThrow(RangeError);
  });

  it.each(
    readdirSync(CORPUS)
      .filter(name => name.endsWith('.in'))
      .map(name => name.slice(0, -3))
  )('writes %s of the corpus', name => {
    const text = (suffix: string) =>
      readFileSync(join(CORPUS, name + suffix), 'utf8');
    expect(canonicalize(JSON.parse(text('.in')) as object)).toBe(text('.out'));
  });

  it.each(readdirSync(MONITORS))('writes the monitor %s', name => {
    const text = readFileSync(join(MONITORS, name), 'utf8');
    const read = parseStrict(text);
    const document = read.ok && isObject(read.value) ? read.value : {};
    const turned = Object.fromEntries(Object.entries(document).reverse());
    expect(canonicalize(turned, MONITOR_LAW)).toBe(text);
  });

  it('writes 1000 nodes in no time', () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [
        `node-${i}`,
        { type: 'notebook', path: `n${i}.ipynb`, outputs: ['a', 'b'] }
      ])
    );
    const time = cpuTime(() => {
      const text = canonicalize({ version: 1, nodes });
      expect(readPipeline(text).issues).toEqual([]);
    }, 3);
    expect(time).toBeLessThan(200);
  });
});

describe('byCodePoint', () => {
  it('orders as the code points of texts do', () => {
    const points = (text: string) => [...text].map(c => c.codePointAt(0) ?? 0);
    const compare = (a: number[], b: number[]) => {
      const at = a.findIndex((point, i) => point !== b[i]);
      return at < 0 ? a.length - b.length : a[at] - (b[at] ?? -1);
    };
    fc.assert(
      fc.property(fc.oneof(key, id), fc.oneof(key, id), (a, b) => {
        expect(Math.sign(byCodePoint(a, b))).toBe(
          Math.sign(compare(points(a), points(b)))
        );
      })
    );
  });
});
