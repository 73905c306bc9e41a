import type { PlannedNode } from '../../api/client';
import type { PipelineDocument } from '../../model/document';
import { applyPatch } from '../../model/patch';
import { reduce } from '../../model/actions';
import type { Run } from '../../model/run';
import { flowNodes } from '../flow';
import type { CardData } from '../flow';
import { flowEdges } from '../wires';
import { doing } from '../words';
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

describe('what a run would do', () => {
  const planned = (
    id: string,
    action: PlannedNode['action'],
    code: string | null = null
  ): [string, PlannedNode] => [
    id,
    {
      id,
      action,
      code,
      reason: trans.__('data.csv has changed.'),
      detail: null,
      reused_from: null
    }
  ];
  const shown = (plan: [string, PlannedNode][], run: Run | null = null) =>
    flowNodes({ ...source(), planned: new Map(plan), run }, [])
      .map(({ data }) => data as CardData)
      .filter(({ id, node }) => node && ['load', 'train'].includes(id))
      .map(data => doing(data.node, data.run, data.planned, trans));

  it('is told while no run is shown', () => {
    const plan = [planned('load', 'reuse'), planned('train', 'run')];
    expect(shown(plan)).toEqual(['will be reused', 'will run']);
  });

  it('is told of an ended run where something has changed since', () => {
    const states = makeRun({
      load: { state: 'succeeded', seconds: 1 },
      train: { state: 'succeeded', seconds: 2 }
    });
    const plan = [
      planned('load', 'reuse'),
      planned('train', 'run', 'changed-file')
    ];
    const ended = { ...states, state: 'succeeded' as const };
    expect(shown(plan, ended)).toEqual(['1.0 s', 'will run']);
    const after = [
      planned('load', 'run', 'changed-file'),
      planned('train', 'run', 'upstream')
    ];
    expect(shown(after, ended)).toEqual(['will run', 'will run']);
    // What is not proven runs each time: that is no news.
    const always = [
      planned('load', 'run', 'not-provable'),
      planned('train', 'run', 'upstream')
    ];
    expect(shown(always, ended)).toEqual(['1.0 s', '2.0 s']);
    // While it runs, it is what there is to see.
    expect(shown(plan, states)).toEqual(['1.0 s', '2.0 s']);
  });

  it('draws again only the nodes that it is about', () => {
    const first = { ...source(), planned: new Map([planned('load', 'run')]) };
    const before = flowNodes(first, []);
    const next = {
      ...source(),
      planned: new Map([planned('load', 'run'), planned('train', 'reuse')])
    };
    const after = flowNodes(next, before);
    expect(
      after.filter((node, at) => node !== before[at]).map(({ id }) => id)
    ).toEqual(['train']);
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
