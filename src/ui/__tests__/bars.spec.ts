import type { NodeRun, Run, RunEvent } from '../../model/run';
import { chart, retries } from '../bars';

const start = Date.parse('2026-11-23T10:00:00.000Z');
const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();

function node(changed: Partial<NodeRun>): NodeRun {
  return {
    type: 'notebook',
    label: null,
    state: 'queued',
    reason: null,
    reused: false,
    reused_from: null,
    attempts: 1,
    started: null,
    finished: null,
    seconds: null,
    cell: null,
    cells: null,
    results: {},
    outputs: {},
    notebook: null,
    log: null,
    error: null,
    ...changed
  };
}

const run = (changed: Partial<Run>) =>
  ({
    id: 'a',
    state: 'running',
    created: at(-1),
    started: at(0),
    finished: null,
    nodes: {},
    ...changed
  }) as Run;

describe('chart', () => {
  it('places nodes on a common axis, in the order of the plan', () => {
    const { rows, seconds } = chart(
      run({
        state: 'succeeded',
        finished: at(10),
        nodes: {
          b: node({ state: 'succeeded', started: at(5), finished: at(10) }),
          a: node({ state: 'succeeded', started: at(0), finished: at(5) }),
          c: node({ state: 'skipped' })
        }
      }),
      start + 999_000
    );
    expect(seconds).toBe(10);
    expect(rows.map(row => row.id)).toEqual(['b', 'a', 'c']);
    expect(rows[0].bars).toEqual([
      { left: 0.5, width: 0.5, state: 'succeeded', attempt: 1 }
    ]);
    expect(rows[2].bars).toEqual([]);
  });

  it('grows bars, not the axis, while it runs', () => {
    const going = run({
      nodes: { a: node({ state: 'running', started: at(0) }) }
    });
    const early = chart(going, start + 31_000);
    const late = chart(going, start + 34_000);
    expect(early.seconds).toBe(late.seconds);
    expect(late.rows[0].bars[0].width).toBeGreaterThan(
      early.rows[0].bars[0].width
    );
    expect(early.ticks[0]).toEqual({ at: 0, seconds: 0 });
    expect(early.ticks.length).toBeLessThanOrEqual(8);
  });

  it('draws earlier attempts from the events', () => {
    const event = (seq: number, seconds: number, state: string): RunEvent => ({
      seq,
      time: at(seconds),
      node: 'a',
      data: { state }
    });
    const tried = run({
      state: 'succeeded',
      finished: at(10),
      nodes: {
        a: node({
          state: 'succeeded',
          attempts: 2,
          started: at(6),
          finished: at(10)
        })
      }
    });
    expect(retries(tried)).toBe(1);
    const { rows } = chart(tried, start, [
      event(1, 0, 'running'),
      event(2, 4, 'queued'),
      event(3, 6, 'running'),
      event(4, 10, 'succeeded')
    ]);
    expect(rows[0].bars.map(bar => [bar.left, bar.state, bar.attempt])).toEqual(
      [
        [0, 'failed', 1],
        [0.6, 'succeeded', 2]
      ]
    );
  });

  it('stays within the axis when clocks disagree', () => {
    const { rows, seconds } = chart(
      run({ nodes: { a: node({ state: 'running', started: at(-500) }) } }),
      start - 1000_000
    );
    expect(seconds).toBeGreaterThan(0);
    for (const { left, width } of rows[0].bars) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(1);
    }
  });
});
