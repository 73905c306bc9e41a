/** What the store keeps of a run, and the questions asked of it. Pure. */
import { PathExt } from '@jupyterlab/coreutils';

import { isSettled } from '../model/run';
import type { Run, RunEvent, RunState, RunSummary } from '../model/run';
import type { RunFilter } from './types';

/** Whether a run or node run has not ended yet. */
export function isActive(run: { state: RunState }): boolean {
  return !isSettled(run.state);
}

/** The pipeline of a run, relative to the server's root. */
export function pipelinePath(
  run: Pick<RunSummary, 'workspace' | 'pipeline'>
): string {
  return inWorkspace(run.workspace, run.pipeline);
}

/**
 * A path relative to the server, of a path relative to a workspace: run
 * documents name their pipeline in its workspace.
 */
export function inWorkspace(workspace: string, path: string): string {
  return PathExt.join(workspace, path);
}

export type Entry = {
  readonly id: string;
  /** The whole document once loaded, else what a list said. */
  run: Run | null;
  summary: RunSummary | null;
  /** The newest number that was heard of. */
  wanted: number;
  watchers: number;
  busy: Promise<void> | null;
};

export function matches(run: RunSummary, filter: RunFilter): boolean {
  return (
    (!filter.pipeline || pipelinePath(run) === filter.pipeline) &&
    (!filter.state || run.state === filter.state) &&
    (!filter.runtime || run.runtime === filter.runtime)
  );
}

export function newestFirst(a: RunSummary, b: RunSummary): number {
  return compare(b.created, a.created) || compare(b.id, a.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether more was heard of a run than is known. */
export function isBehind({ run, wanted }: Entry): boolean {
  return run === null || run.seq < wanted;
}

/** Not on the newest page, yet of interest: it may have changed. */
export function needsLook(entry: Entry): boolean {
  const run = entry.run ?? entry.summary;
  return (
    run === null ||
    isActive(run) ||
    run.seq < entry.wanted ||
    (entry.watchers > 0 && entry.run === null)
  );
}

/** Whether events follow on a number, each on the one before, up to `last`. */
export function isContinuous(
  seq: number,
  events: readonly RunEvent[],
  last: number
): boolean {
  return (
    events.every((event, index) => event.seq === seq + index + 1) &&
    seq + events.length >= last
  );
}
