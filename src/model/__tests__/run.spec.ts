import * as fc from 'fast-check';

import type { JsonValue } from '../document';
import { asJson } from '../document';
import type { NodeRun, Run, RunEvent } from '../run';
import { STATES, fold, isSettled } from '../run';

const node: NodeRun = {
  type: 'notebook',
  label: null,
  state: 'queued',
  reason: null,
  reused: false,
  reused_from: null,
  attempts: 0,
  started: null,
  finished: null,
  seconds: null,
  cell: null,
  cells: null,
  results: {},
  outputs: {},
  notebook: null,
  log: null,
  error: null
};

const run: Run = {
  version: 1,
  id: '0'.repeat(32),
  workspace: '',
  pipeline: 'a.pipeline',
  pipeline_sha256: '0'.repeat(64),
  runtime: 'local',
  mode: 'in-place',
  state: 'queued',
  reason: null,
  parameters: {},
  created: '2026-11-23T18:00:00.000Z',
  started: null,
  finished: null,
  seconds: null,
  source: null,
  directory: '',
  error: null,
  max_parallel: null,
  select: null,
  provenance: {},
  remote: null,
  seq: 1,
  nodes: { load: node, constructor: node }
};

const event = (
  seq: number,
  about: string | null,
  data: Record<string, JsonValue>
): RunEvent => ({ seq, time: run.created, node: about, data });

describe('fold', () => {
  it('merges events into the run and its nodes', () => {
    const next = fold(run, [
      event(2, null, { state: 'running' }),
      event(3, 'constructor', { state: 'running', cell: 0, cells: 4 }),
      event(4, 'constructor', { cell: 1 })
    ]);
    expect(next).toEqual({
      ...run,
      state: 'running',
      seq: 4,
      nodes: {
        load: node,
        constructor: { ...node, state: 'running', cell: 1, cells: 4 }
      }
    });
    expect(next.nodes.load).toBe(node);
    expect(run.seq).toBe(1);
    expect(run.nodes.constructor).toBe(node);
  });

  it('gives the same run for what it knows already', () => {
    expect(fold(run, [])).toBe(run);
    expect(fold(run, [event(1, null, { state: 'failed' })])).toBe(run);
    const next = fold(run, [event(2, null, { state: 'running' })]);
    expect(next.nodes).toBe(run.nodes);
    expect(fold(next, [event(2, null, { state: 'queued' })])).toBe(next);
  });

  it('takes a whole document, and nodes that it never saw', () => {
    const next = fold({ ...run, nodes: {} }, [
      event(2, 'late', { state: 'queued' }),
      event(3, null, { nodes: { load: asJson(node) } }),
      event(4, 'toString', { state: 'skipped' })
    ]);
    expect(next.nodes).toEqual({ load: node, toString: { state: 'skipped' } });
  });

  it('gives the same in any pieces', () => {
    const events = fc
      .array(
        fc.record({
          node: fc.option(fc.constantFrom('load', 'constructor', 'new/inner')),
          state: fc.constantFrom(...STATES),
          cell: fc.option(fc.nat())
        })
      )
      .map(list =>
        list.map(({ node: about, state, cell }, index) =>
          event(index + 2, about, about === null ? { state } : { state, cell })
        )
      );
    fc.assert(
      fc.property(events, fc.nat(), fc.nat(), (all, i, j) => {
        const once = fold(run, all);
        const [a, b] = [i % (all.length + 1), j % (all.length + 1)];
        const pieces = fold(
          fold(run, all.slice(0, a)),
          all.slice(Math.min(a, b))
        );
        expect(pieces).toEqual(once);
        expect(once.seq).toBe(all.length + 1);
      })
    );
  });
});

describe('isSettled', () => {
  it('is what does not go on', () => {
    expect(STATES.filter(isSettled)).toEqual([
      'succeeded',
      'failed',
      'cancelled',
      'skipped'
    ]);
  });
});
