import * as fc from 'fast-check';

import type { PipelineDocument } from '../document';
import { COMMENT_SIZE, NODE_SIZE } from '../document';
import { arrange, commentPlaces, nodePlaces } from '../layout';
import { cpuTime } from './cpu';
import { documents } from './arbitraries';

type Size = { width: number; height: number };

/** A graph of layers, each node with one or two sources before it. */
function layered(
  layers: number,
  width: number,
  reach: number
): PipelineDocument {
  const nodes: PipelineDocument['nodes'] = {};
  const edges: { from: string; to: string }[] = [];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const at = (layer: number, place: number) => `n${layer * width + place}`;
  for (let layer = 0; layer < layers; layer++) {
    for (let place = 0; place < width; place++) {
      const to = at(layer, place);
      nodes[to] = { type: 'approval' };
      for (let k = 0; layer > 0 && k < 1 + random(2); k++) {
        const back = Math.min(layer, 1 + random(reach));
        edges.push({ from: at(layer - back, random(width)), to });
      }
    }
  }
  return { version: 1, nodes, edges };
}

const chain: PipelineDocument = {
  version: 1,
  nodes: {
    c: { type: 'approval' },
    a: { type: 'approval' },
    b: { type: 'approval' },
    alone: { type: 'approval' }
  },
  edges: [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
    { from: 'a', to: 'c' }
  ]
};

describe('arrange', () => {
  it('gives every node a place, and no two the same room', () => {
    fc.assert(
      fc.property(documents(false), document => {
        const places = Object.entries(arrange(document));
        expect(places.map(([id]) => id).sort()).toEqual(
          Object.keys(document.nodes).sort()
        );
        for (const [id, [x, y]] of places) {
          expect(Number.isInteger(x) && Number.isInteger(y)).toBe(true);
          const clash = places.find(
            ([other, [x2, y2]]) =>
              other !== id &&
              Math.abs(x - x2) < NODE_SIZE.width + 80 &&
              Math.abs(y - y2) < NODE_SIZE.height + 31
          );
          expect(clash).toBeUndefined();
        }
      })
    );
  });

  it('puts a node to the right of those before it', () => {
    for (const document of [layered(8, 6, 3), chain]) {
      const place = arrange(document);
      for (const { from, to } of document.edges!) {
        expect(place[to][0] - place[from][0]).toBeGreaterThanOrEqual(280);
      }
    }
  });

  it('leaves room for an edge that passes a layer', () => {
    const place = arrange(chain);
    expect([place.a[0], place.b[0], place.c[0]]).toEqual([0, 280, 560]);
    // The middle of b is off the line from a to c.
    expect(place.a[1]).toBe(place.c[1]);
    expect(place.b[1]).not.toBe(place.a[1]);
    expect(place.alone[1]).toBeGreaterThan(
      Math.max(place.a[1], place.b[1]) + NODE_SIZE.height
    );
  });

  it('draws a straight line straight', () => {
    const edges = chain.edges!.slice(0, 2);
    const place = arrange({ ...chain, edges });
    expect(place).toEqual({
      a: [0, 0],
      b: [280, 0],
      c: [560, 0],
      alone: [0, 88]
    });
  });

  it('uncrosses what can be uncrossed', () => {
    const pairs = ['a', 'b', 'c', 'd', 'e'];
    const nodes = Object.fromEntries(
      [...pairs, ...pairs.map(p => `${p}2`), 'start'].map(id => [
        id,
        { type: 'approval' }
      ])
    );
    // In the order of ids, the second row would be crossed all over.
    const edges = pairs.flatMap((p, i) => [
      { from: 'start', to: p },
      { from: p, to: `${pairs[4 - i]}2` }
    ]);
    const place = arrange({ version: 1, nodes, edges });
    const rows = pairs.map((p, i) => [
      place[p][1],
      place[`${pairs[4 - i]}2`][1]
    ]);
    rows.sort(([a], [b]) => a - b);
    expect(rows.map(([, y]) => y)).toEqual(
      rows.map(([, y]) => y).sort((a, b) => a - b)
    );
  });

  it('is the same every time, and stays where the picture was', () => {
    fc.assert(
      fc.property(documents(false), document => {
        const layout = arrange(document);
        expect(arrange({ ...document })).toEqual(layout);
        expect(arrange({ ...document, layout })).toEqual(layout);
      })
    );
    const moved = arrange({ ...chain, layout: { b: [100, -50] } });
    expect(Math.min(...Object.values(moved).map(([x]) => x))).toBe(100);
    expect(Math.min(...Object.values(moved).map(([, y]) => y))).toBe(-50);
  });

  it.each([
    ['wide', layered(10, 100, 1)],
    ['deep', layered(200, 5, 1)],
    ['with long edges', layered(50, 20, 20)]
  ])('takes no time for 1000 nodes, %s', (_, document) => {
    expect(Object.keys(arrange(document))).toHaveLength(1000);
    // 5 to 15 ms on a quiet machine; the limit only sees what is hopeless.
    expect(cpuTime(() => arrange(document))).toBeLessThan(100);
  });
});

describe('nodePlaces', () => {
  it('adds those that a file does not have', () => {
    expect(Object.fromEntries(nodePlaces(chain))).toEqual(arrange(chain));
    const place = nodePlaces({
      ...chain,
      layout: { a: [10, 20], b: [300, 20] }
    });
    expect(Object.fromEntries(place)).toEqual({
      a: [10, 20],
      b: [300, 20],
      alone: [10, 108],
      c: [290, 108]
    });
  });
});

describe('commentPlaces', () => {
  it('keeps those that a file has, and gives the others room of their own', () => {
    fc.assert(
      fc.property(documents(false), document => {
        const nodes = nodePlaces(document);
        const comments = commentPlaces(document, nodes);
        expect([...comments.keys()].sort()).toEqual(
          Object.keys(document.comments ?? {}).sort()
        );
        const { layout = {} } = document;
        const has = (id: string) => Object.hasOwn(layout, id);
        const box = ([x, y, width, height]: readonly number[], size: Size) => ({
          x,
          y,
          width: width ?? size.width,
          height: height ?? size.height
        });
        const all = [
          ...[...nodes.values()].map(place => box(place, NODE_SIZE)),
          ...[...comments.values()].map(place => box(place, COMMENT_SIZE))
        ];
        for (const [id, place] of comments) {
          if (has(id)) {
            expect(place).toEqual(layout[id]);
            continue;
          }
          const { x, y, width, height } = box(place, COMMENT_SIZE);
          const clashes = all.filter(
            other =>
              x < other.x + other.width &&
              other.x < x + width &&
              y < other.y + other.height &&
              other.y < y + height
          );
          // Itself alone.
          expect(clashes).toHaveLength(1);
        }
      })
    );
  });
});
