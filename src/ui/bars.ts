/**
 * Where a timeline draws what, as numbers between 0 and 1. Pure, so that it
 * can be tried without a screen.
 */
import type { NodeRun, Run, RunEvent, RunState } from '../model/run';
import { parseTime } from './time';

export type Bar = {
  /** Left end and width, as parts of the axis. */
  left: number;
  width: number;
  state: RunState;
  /** From 1; an earlier attempt than the last has failed. */
  attempt: number;
};

export type Row = { id: string; node: NodeRun; bars: Bar[] };

export type Tick = { at: number; seconds: number };

export type Chart = { rows: Row[]; ticks: Tick[]; seconds: number };

type Segment = { from: number; to: number | null; state: RunState };

/** Steps of an axis that one reads at a glance, in seconds. */
const STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  10_800, 21_600, 43_200, 86_400
];
const MOST_TICKS = 6;

/**
 * The chart of a run. While it goes on its axis ends at the next tick rather
 * than now: bars grow, and the axis changes seldom.
 */
export function chart(
  run: Run,
  now: number,
  events: readonly RunEvent[] = []
): Chart {
  const earlier = segments(events);
  const start = beginning(run);
  const finished = parseTime(run.finished);
  const end = Math.max(finished ?? now, latest(run), start);
  const step = stepFor((end - start) / 1000);
  const length = (end - start) / 1000;
  const seconds =
    finished === null
      ? (Math.floor(length / step) + 1) * step
      : Math.max(length, 0.1);
  const scale = (time: number) =>
    Math.min(1, Math.max(0, (time - start) / 1000 / seconds));
  const rows = Object.entries(run.nodes).map(([id, node]) => ({
    id,
    node,
    bars: (earlier.get(id) ?? [last(node)])
      .filter(segment => segment !== null)
      .map((segment, index) => {
        const left = scale(segment.from);
        const width = scale(segment.to ?? end) - left;
        return { left, width, state: segment.state, attempt: index + 1 };
      })
  }));
  return { rows, ticks: ticksFor(seconds, step), seconds };
}

/** Whether a node was tried more than once: the document has the last try only. */
export function retries(run: Run): number {
  return Object.values(run.nodes).reduce(
    (sum, { attempts }) => sum + Math.max(0, attempts - 1),
    0
  );
}

/** The attempts of each node that had several, from the run's events. */
function segments(events: readonly RunEvent[]): Map<string, Segment[]> {
  const all = new Map<string, Segment[]>();
  for (const { node, time, data } of events) {
    const state = (data as { state?: RunState }).state;
    if (node === null || state === undefined) {
      continue;
    }
    const list = all.get(node) ?? [];
    all.set(node, list);
    const open = list.at(-1);
    const at = parseTime(time) ?? 0;
    if (open?.to === null) {
      open.to = at;
      // What is queued again did not succeed.
      open.state = state === 'queued' || state === 'running' ? 'failed' : state;
    }
    if (state === 'running') {
      list.push({ from: at, to: null, state });
    }
  }
  return new Map([...all].filter(([, list]) => list.length > 1));
}

function last(node: NodeRun): Segment | null {
  const from = parseTime(node.started);
  return from === null
    ? null
    : { from, to: parseTime(node.finished), state: node.state };
}

function beginning(run: Run): number {
  const times = Object.values(run.nodes).map(node => parseTime(node.started));
  const known = [parseTime(run.started), ...times].filter(
    time => time !== null
  );
  return known.length > 0 ? Math.min(...known) : (parseTime(run.created) ?? 0);
}

function latest(run: Run): number {
  return Object.values(run.nodes).reduce(
    (time, node) => Math.max(time, parseTime(node.finished) ?? 0),
    0
  );
}

function stepFor(seconds: number): number {
  return (
    STEPS.find(step => seconds / step < MOST_TICKS) ??
    Math.ceil(seconds / MOST_TICKS / 86_400) * 86_400
  );
}

function ticksFor(seconds: number, step: number): Tick[] {
  const count = Math.floor(seconds / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => ({
    at: (index * step) / seconds,
    seconds: index * step
  }));
}
