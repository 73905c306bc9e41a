import type { PipelineDocument } from '../../model/document';
import { applyPatch } from '../../model/patch';
import { reduce } from '../../model/actions';
import { flowNodes } from '../flow';
import { flowEdges } from '../wires';
import { DOCUMENT, makeIssue, makeRun, trans } from './stage';

const source = (document: PipelineDocument = DOCUMENT) => ({
  document,
  issues: [],
  run: null,
  trans
});

describe('flowNodes', () => {
  it('keeps the objects of what did not change', () => {
    const before = flowNodes(source(), []);
    expect(flowNodes(source(), before)).toEqual(before);
    const moved = applyPatch(
      DOCUMENT,
      reduce(DOCUMENT, { type: 'move', positions: { load: [8, 8] } })
    );
    const after = flowNodes(source(moved), before);
    const changed = after.filter((node, index) => node !== before[index]);
    expect(changed.map(({ id }) => id)).toEqual(['load']);
  });

  it('changes what a state or an issue is about, and nothing else', () => {
    const before = flowNodes(source(), []);
    const after = flowNodes(
      {
        ...source(),
        run: makeRun({ load: { state: 'running' } }),
        issues: [makeIssue({})]
      },
      before
    );
    const changed = after.filter((node, index) => node !== before[index]);
    expect(changed.map(({ id }) => id)).toEqual(['load', 'train']);
    const again = flowNodes(
      {
        ...source(),
        run: makeRun({ load: { state: 'running' } }),
        issues: [makeIssue({})]
      },
      after
    );
    expect(again.every((node, index) => node === after[index])).toBe(true);
  });

  it('leaves what is dragged where the pointer has it', () => {
    const before = flowNodes(source(), []).map(node =>
      node.id === 'load'
        ? { ...node, dragging: true, position: { x: 99, y: 99 } }
        : node
    );
    const [load] = flowNodes(
      { ...source(), run: makeRun({ load: { state: 'running' } }) },
      before
    );
    expect(load.position).toEqual({ x: 99, y: 99 });
  });

  it('gives a place to what has none', () => {
    const bare = { ...DOCUMENT, layout: undefined };
    const positions = flowNodes(source(bare), [])
      .filter(({ type }) => type === 'card')
      .map(({ position }) => `${position.x} ${position.y}`);
    expect(new Set(positions).size).toBe(4);
  });

  it('goes from the first node to the last, also in a circle', () => {
    const ids = (document: PipelineDocument) =>
      flowNodes(source(document), []).map(({ id }) => id);
    expect(ids(DOCUMENT)).toEqual([
      'load',
      'train',
      'report',
      'wait',
      'comment:weekly'
    ]);
    const circle = {
      ...DOCUMENT,
      edges: [
        { from: 'load', to: 'train' },
        { from: 'train', to: 'load' }
      ]
    };
    expect(ids(circle)).toHaveLength(5);
  });
});

describe('flowEdges', () => {
  it('keeps the objects of what did not change', () => {
    const before = flowEdges(source(), []);
    const after = flowEdges(
      { ...source(), run: makeRun({ load: { state: 'succeeded' } }) },
      before
    );
    expect(after.map(edge => before.includes(edge))).toEqual([
      true,
      true,
      true
    ]);
  });

  it('leaves out what leads nowhere, and keeps doubles apart', () => {
    const edges = [
      { from: 'load', to: 'gone' },
      { from: 'load', to: 'train' },
      { from: 'load', to: 'train' }
    ];
    const ids = flowEdges(source({ ...DOCUMENT, edges }), [])
      .filter(({ type }) => type === 'wire')
      .map(({ id }) => id);
    expect(ids).toEqual(['load>train', 'load>train+']);
  });
});
