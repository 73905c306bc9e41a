/**
 * A run as the server tells it, and how its events change it.
 */
import type { JsonValue } from './document';
import { own, setOwn } from './document';

/** All states of a run and of a node run. */
export const STATES = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'skipped'
] as const;

export type RunState = (typeof STATES)[number];

/** The reasons that go with a state. */
export const REASONS: { readonly [state in RunState]?: readonly string[] } = {
  skipped: ['upstream', 'condition', 'disabled', 'not-selected'],
  queued: ['retry', 'output-busy', 'resources'],
  failed: [
    'error',
    'timeout',
    'killed',
    'interrupted',
    'output-missing',
    'disk-full',
    'crash-loop'
  ]
};

export interface RunError {
  code: string;
  message: string;
  hint: string | null;
  cell: number | null;
  exit_code: number | null;
}

export interface RunOutput {
  sha256: string | null;
  bytes: number | null;
}

/** One node of a run. What is absent is null, never missing. */
export interface NodeRun {
  type: string;
  label: string | null;
  state: RunState;
  reason: string | null;
  reused: boolean;
  reused_from: string | null;
  attempts: number;
  started: string | null;
  finished: string | null;
  seconds: number | null;
  /** The cell that runs now, counted from 1, and how many there are. */
  cell: number | null;
  cells: number | null;
  results: Record<string, JsonValue>;
  outputs: Record<string, RunOutput>;
  /** Paths below the run's directory. */
  notebook: string | null;
  log: string | null;
  error: RunError | null;
}

/** What a list of runs says of a node. */
export type NodeRunSummary = Pick<
  NodeRun,
  'type' | 'label' | 'state' | 'reason' | 'seconds'
>;

export interface RunSource {
  commit: string | null;
  dirty: boolean | null;
}

/** Why the system that a run went to could not be asked, and since when. */
export interface RemoteProblem {
  code: string;
  message: string;
  hint: string | null;
  since: string | null;
}

/** How far a run on an Airflow has come on its way there and back. */
export interface Remote {
  step:
    | 'accepted'
    | 'delivering'
    | 'waiting'
    | 'triggering'
    | 'following'
    | 'ended'
    | (string & {});
  /** What is going on, as a sentence. */
  message: string;
  /** When this step began. */
  since: string | null;
  /** Its page there. */
  url: string | null;
  dag_id: string | null;
  run_id: string | null;
  package: string | null;
  /** The commit that was delivered. */
  version: string | null;
  /** Whether what runs cannot change under it. */
  pinned: boolean;
  /** Whether a schedule started it. */
  scheduled: boolean;
  problem: RemoteProblem | null;
}

/** Which nodes to run: one, from one on, up to one, or what failed in a run. */
export type RunSelect =
  { only: string } | { from: string } | { to: string } | { failed: string };

/** One execution of a pipeline. */
export interface Run {
  version: 1;
  id: string;
  /** The workspace's folder relative to the server's root; '' is the root. */
  workspace: string;
  /** Relative to the workspace. */
  pipeline: string;
  pipeline_sha256: string;
  runtime: string;
  mode: 'in-place' | 'isolated';
  state: RunState;
  reason: string | null;
  parameters: Record<string, JsonValue>;
  created: string;
  started: string | null;
  finished: string | null;
  seconds: number | null;
  source: RunSource | null;
  directory: string;
  error: RunError | null;
  max_parallel: number | null;
  /** The part of the pipeline that was chosen; null: all of it. */
  select: RunSelect | null;
  provenance: JsonValue;
  /** Null for what runs on this machine. */
  remote: Remote | null;
  /** The number of the last event that is folded in. */
  seq: number;
  nodes: Record<string, NodeRun>;
}

/** A run as lists have it. */
export type RunSummary = Omit<Run, 'nodes'> & {
  nodes: Record<string, NodeRunSummary>;
};

/** One numbered change of a run, or of a node run if `node` is not null. */
export interface RunEvent {
  seq: number;
  time: string;
  node: string | null;
  data: Record<string, JsonValue>;
}

/** Whether a run or node run has come to its end. */
export function isSettled(state: RunState): boolean {
  return state !== 'queued' && state !== 'running' && state !== 'waiting';
}

/**
 * The run after its next events: each is a shallow merge into the run or into
 * one of its nodes. Events that are already in it change nothing.
 *
 * @returns the same object if nothing changed; nodes without news keep theirs
 */
export function fold(run: Run, events: readonly RunEvent[]): Run {
  let next = run;
  // Objects made here may be changed in place; all others are shared.
  let nodes: Record<string, NodeRun> | null = null;
  for (const { seq, node, data } of events) {
    if (seq <= next.seq) {
      continue;
    }
    if (next === run) {
      next = { ...run };
    }
    if (node === null) {
      Object.assign(next, data);
      nodes = 'nodes' in data ? null : nodes;
    } else {
      if (nodes === null) {
        nodes = { ...next.nodes };
        next.nodes = nodes;
      }
      const entry = { ...own(nodes, node), ...data } as NodeRun;
      setOwn(nodes, node, entry);
    }
    next.seq = seq;
  }
  return next;
}
