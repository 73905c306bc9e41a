import * as fc from 'fast-check';

import { Components } from '../components';
import type { Edge, PipelineDocument } from '../document';
import {
  ancestors,
  descendants,
  topologicalOrder,
  upstream,
  upstreamResults,
  wouldCycle
} from '../graph';
import { documents } from './arbitraries';

function graph(...edges: string[]): PipelineDocument {
  const pairs = edges.map(edge => edge.split('>') as [string, string]);
  const ids = new Set(pairs.flat());
  return {
    version: 1,
    nodes: Object.fromEntries([...ids].map(id => [id, { type: 'approval' }])),
    edges: pairs.map(([from, to]): Edge => ({ from, to }))
  };
}

/** Whether a path leads from one node to the other, step by step. */
function leads(document: PipelineDocument, from: string, to: string): boolean {
  let reached = new Set([from]);
  for (let n = Object.keys(document.nodes).length; n > 0; n--) {
    const next = (document.edges ?? [])
      .filter(edge => reached.has(edge.from))
      .map(edge => edge.to);
    if (next.includes(to)) {
      return true;
    }
    reached = new Set([...reached, ...next]);
  }
  return false;
}

describe('reachability', () => {
  it('is the same whichever way it is asked', () => {
    fc.assert(
      fc.property(documents(false), document => {
        const components = new Components(document);
        for (const a of Object.keys(document.nodes)) {
          for (const b of Object.keys(document.nodes)) {
            const expected = leads(document, a, b);
            expect(ancestors(document, b).has(a)).toBe(expected);
            expect(descendants(document, a).has(b)).toBe(expected);
            expect(components.isUpstream(a, b)).toBe(expected);
            expect(wouldCycle(document, b, a)).toBe(a === b || expected);
          }
        }
      })
    );
  });

  it('does not follow edges to nodes that are not there', () => {
    const document = graph('a>b', 'b>c');
    delete document.nodes.b;
    expect([...descendants(document, 'a')]).toEqual([]);
    expect(wouldCycle(document, 'c', 'a')).toBe(false);
    expect(topologicalOrder(document)).toEqual(['a', 'c']);
  });
});

describe('topologicalOrder', () => {
  it('has sources first and else the least id', () => {
    expect(topologicalOrder(graph('z>b', 'z>a', 'a>c', 'm>c'))).toEqual([
      'm',
      'z',
      'a',
      'b',
      'c'
    ]);
    expect(topologicalOrder(graph('a>b', 'b>c', 'c>b'))).toBeNull();
  });

  it('is made for any graph without cycles', () => {
    fc.assert(
      fc.property(documents(), document => {
        const order = topologicalOrder(document)!;
        expect([...order].sort()).toEqual(Object.keys(document.nodes).sort());
        for (const { from, to } of document.edges ?? []) {
          expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
        }
      })
    );
  });
});

describe('cycles', () => {
  it('are the shortest through the least id of each group', () => {
    const document = graph(
      ...['b>c', 'c>d', 'd>b', 'c>a', 'a>b', 'd>e', 'e>e', 'x>b']
    );
    expect(new Components(document).cycles()).toEqual([['a', 'b', 'c'], ['e']]);
  });

  it('are found in a long chain without overflow', () => {
    const ids = Array.from({ length: 5000 }, (_, i) => `n${i}`);
    const edges = ids.map((id, i) => `${id}>${ids[(i + 1) % ids.length]}`);
    const [cycle] = new Components(graph(...edges)).cycles();
    expect(cycle).toHaveLength(5000);
    expect(cycle[0]).toBe('n0');
  });
});

describe('results of nodes upstream', () => {
  it('are those that are known and those that are used', () => {
    const document = graph('load>train', 'train>report', 'other>report');
    document.edges![1].when = { result: 'auc', op: '>', value: 0 };
    document.nodes.report = {
      type: 'script',
      path: 'x.py',
      parameters: { n: { from: 'nodes.load.results.rows' } }
    };
    expect(upstream(document, 'report')).toEqual(['load', 'other', 'train']);
    const known = (node: string) => (node === 'load' ? ['cols'] : []);
    expect(upstreamResults(document, 'report', known)).toEqual([
      { node: 'load', name: 'cols' },
      { node: 'load', name: 'rows' },
      { node: 'train', name: 'auc' }
    ]);
    expect(upstreamResults(document, 'load', known)).toEqual([]);
  });
});
