/** Names of runs and their nodes, as the panel says them. */
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { pipelinePath } from '../api/runs';
import type { NodeRun, Run, RunSummary } from '../model/run';
import { own } from '../model/document';
import { safeLine } from '../ui/safetext';

/** The pipeline's name: its file without the ending. */
export function runName(
  run: Pick<RunSummary, 'workspace' | 'pipeline'>
): string {
  return pipelineName(pipelinePath(run));
}

export function pipelineName(path: string): string {
  const base = PathExt.basename(path);
  return safeLine(base.replace(/(?<=.)\.pipeline$/, ''));
}

/** The folder of the pipeline, '' for the server's root. */
export function runFolder(
  run: Pick<RunSummary, 'workspace' | 'pipeline'>
): string {
  return safeLine(PathExt.dirname(pipelinePath(run)));
}

/** The names that more than one pipeline has. */
export function sameNames(
  runs: readonly Pick<RunSummary, 'workspace' | 'pipeline'>[]
): ReadonlySet<string> {
  const paths = new Set(runs.map(pipelinePath));
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of [...paths].map(pipelineName)) {
    (seen.has(name) ? twice : seen).add(name);
  }
  return twice;
}

/** A node's label, else its id. */
export function nodeName(
  id: string,
  node: { label: string | null } | undefined
): string {
  return safeLine(node?.label ?? id);
}

/** The node that failed first, by the time that it ended. */
export function firstFailure(run: Run): [id: string, node: NodeRun] | null {
  const failed = Object.entries(run.nodes)
    .filter(([, node]) => node.state === 'failed')
    .sort(([, a], [, b]) => compare(a.finished ?? '~', b.finished ?? '~'));
  return failed.at(0) ?? null;
}

/** The attempt whose files a node run's entry names; at least the first. */
export function lastAttempt(run: Run, node: string): number {
  return Math.max(1, own(run.nodes, node)?.attempts ?? 1);
}

/** The runtime as a person says it. */
export function runtimeLabel(
  runtime: string,
  trans: TranslationBundle
): string {
  return runtime === 'local' ? trans.__('Local') : safeLine(runtime);
}

/** Bytes as one reads them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text =
    unit === 0 || value >= 99.5 ? String(Math.round(value)) : value.toFixed(1);
  return `${text} ${units[unit]}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
