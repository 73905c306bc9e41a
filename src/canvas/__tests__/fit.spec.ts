import fc from 'fast-check';

import { fitting, isAnyInView } from '../fit';
import type { FlowNode } from '../flow';

const SIZE = { width: 800, height: 600 };

const at = (x: number, y: number): FlowNode =>
  ({
    id: `${x} ${y}`,
    type: 'card',
    position: { x, y },
    width: 200,
    height: 56,
    data: {}
  }) as unknown as FlowNode;

describe('isAnyInView', () => {
  it.each([
    ['in the middle', 300, 300, true],
    ['a corner is enough', -190, -46, true],
    ['left of it', -201, 300, false],
    ['above it', 300, -57, false],
    ['right of it', 801, 300, false],
    ['below it', 300, 601, false]
  ])('%s', (_, x, y, expected) => {
    expect(isAnyInView([at(x, y)], { x: 0, y: 0, zoom: 1 }, SIZE)).toBe(
      expected
    );
  });

  it('knows how the view was moved and scaled', () => {
    const view = { x: -1000, y: -1000, zoom: 0.5 };
    expect(isAnyInView([at(300, 300)], view, SIZE)).toBe(false);
    expect(isAnyInView([at(2300, 2300)], view, SIZE)).toBe(true);
  });

  it('sees something in each view that shows everything', () => {
    const place = fc.integer({ min: -2000, max: 2000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 20 }),
        places => {
          const nodes = places.map(([x, y]) => at(x, y));
          const view = fitting(nodes, SIZE);
          expect(view && isAnyInView(nodes, view, SIZE)).toBe(true);
        }
      )
    );
  });

  it('sees nothing where nothing is', () => {
    expect(isAnyInView([], { x: 0, y: 0, zoom: 1 }, SIZE)).toBe(false);
  });
});
