import * as fc from 'fast-check';

import type { JsonValue, PipelineDocument } from '../document';
import { sameJson } from '../document';
import type { Change, Patch } from '../patch';
import { applyPatch, edgeKey, edgesByKey, invert } from '../patch';
import { documents, json, name } from './arbitraries';

const document: PipelineDocument = {
  version: 1,
  parameters: { cutoff: { type: 'number' } },
  nodes: {
    a: { type: 'script', path: 'a.py' },
    b: { type: 'notebook', path: 'b.ipynb', env: { X: '1' } }
  },
  edges: [{ from: 'a', to: 'b' }],
  layout: { a: [0, 0] }
};

const set = (path: string[], value?: JsonValue): Change => ({ path, value });

/** Patches of all kinds of paths, on what is there and what isn't. */
const patches = (from: PipelineDocument): fc.Arbitrary<Patch> => {
  const ids = [...Object.keys(from.nodes), 'new', 'constructor'];
  const keys = [...edgesByKey(from.edges).keys(), 'a>b', 'new>a'];
  const value = fc.option(json, { nil: undefined });
  const position = fc.option(fc.constant([1, 2]), { nil: undefined });
  const of = (path: fc.Arbitrary<string[]>, to: fc.Arbitrary<unknown>) =>
    fc.tuple(path, to).map(([p, v]) => set(p, v as JsonValue));
  const anId = fc.constantFrom(...ids);
  return fc.array(
    fc.oneof(
      of(fc.tuple(fc.constant('nodes'), anId, name), value),
      of(
        fc.tuple(fc.constant('nodes'), anId),
        fc.option(fc.constant({ type: 'approval' }), { nil: undefined })
      ),
      of(fc.tuple(fc.constant('layout'), anId), position),
      of(fc.tuple(fc.constant('parameters'), name), value),
      of(fc.tuple(fc.constant('defaults'), name), value),
      of(fc.constantFrom(['description'], ['extra']), value),
      of(
        fc.constantFrom(['comments'], ['layout'], ['parameters']),
        fc.constantFrom({}, undefined)
      ),
      fc.tuple(fc.constantFrom(...keys), fc.boolean()).map(([key, isThere]) => {
        const [start, end] = key.split(/[>+]/);
        return set(
          ['edges', key],
          isThere ? { from: start, to: end } : undefined
        );
      })
    ),
    { maxLength: 6 }
  );
};

const both = documents(false).chain(from =>
  fc.tuple(fc.constant(from), patches(from))
);

describe('applyPatch', () => {
  it('sets, adds and removes', () => {
    const label = 'A';
    const next = applyPatch(document, [
      set(['nodes', 'a', 'label'], label),
      set(['nodes', 'b', 'env']),
      set(['parameters', 'cutoff']),
      set(['edges', 'b>a'], { from: 'b', to: 'a' }),
      set(['defaults', 'retries'], 1),
      set(['description'], 'x')
    ]);
    expect(next).toEqual({
      version: 1,
      description: 'x',
      defaults: { retries: 1 },
      nodes: {
        a: { type: 'script', path: 'a.py', label },
        b: { type: 'notebook', path: 'b.ipynb' }
      },
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'a' }
      ],
      layout: { a: [0, 0] }
    });
    expect('parameters' in next).toBe(false);
  });

  it('leaves the identity of what it does not touch', () => {
    const next = applyPatch(document, [set(['nodes', 'a', 'label'], 'A')]);
    expect(next.nodes.b).toBe(document.nodes.b);
    expect(next.edges).toBe(document.edges);
    expect(next.nodes.a).not.toBe(document.nodes.a);
    expect(document.nodes.a).toEqual({ type: 'script', path: 'a.py' });
    const edges = applyPatch(document, [
      set(['edges', 'b>a'], { from: 'b', to: 'a' })
    ]).edges!;
    expect(edges[0]).toBe(document.edges![0]);
  });

  it('gives the same document if nothing changes', () => {
    expect(applyPatch(document, [])).toBe(document);
    const nothing = [
      set(['nodes', 'c', 'label']),
      set(['edges', 'b>a']),
      set(['comments', 'x']),
      set(['nodes', 'a', 'path'], 'a.py')
    ];
    expect(applyPatch(document, nothing)).toBe(document);
  });

  it('never changes the document that it is given', () => {
    fc.assert(
      fc.property(both, ([from, patch]) => {
        const before = JSON.stringify(from);
        applyPatch(from, patch);
        expect(JSON.stringify(from)).toBe(before);
      })
    );
  });

  it('takes names like __proto__ as names', () => {
    const next = applyPatch(document, [
      set(['parameters', '__proto__'], { type: 'string' })
    ]);
    expect(Object.keys(next.parameters!)).toEqual(['cutoff', '__proto__']);
    expect(Object.getPrototypeOf(next.parameters)).toBe(Object.prototype);
    const back = applyPatch(next, [set(['parameters', '__proto__'])]);
    expect(back).toEqual(document);
  });

  it('keeps a sorted list of edges sorted', () => {
    const add = (from: string, to: string) =>
      set(['edges', edgeKey(from, to)], { from, to });
    const next = applyPatch(document, [add('b', 'a'), add('a', 'a')]);
    expect(next.edges!.map(edge => edge.from + edge.to)).toEqual([
      'aa',
      'ab',
      'ba'
    ]);
  });
});

describe('edgesByKey', () => {
  it('tells the same edge twice apart', () => {
    const edge = { from: 'a', to: 'b' };
    const edges = [edge, { ...edge, when: undefined }, edge];
    expect([...edgesByKey(edges).keys()]).toEqual(['a>b', 'a>b+', 'a>b++']);
    const next = applyPatch({ ...document, edges }, [set(['edges', 'a>b+'])]);
    expect(next.edges).toEqual([edge, edge]);
  });
});

describe('invert', () => {
  it('takes any patch back', () => {
    fc.assert(
      fc.property(both, ([from, patch]) => {
        const next = applyPatch(from, patch);
        const back = applyPatch(next, invert(from, patch));
        // Only the order of a list of edges that was not sorted may differ.
        const sorted = (one: PipelineDocument) => ({
          ...one,
          edges: one.edges && [...edgesByKey(one.edges)].sort()
        });
        expect(sameJson(sorted(back), sorted(from))).toBe(true);
      }),
      { numRuns: 500 }
    );
  });
});
