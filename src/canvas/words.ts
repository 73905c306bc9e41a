/** What a card says of its node, in few words and in sentences. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { PlannedNode } from '../api/client';
import type { Condition, Issue, PipelineNode } from '../model/document';
import type { NodeRun } from '../model/run';
import { safeLine } from '../ui/safetext';
import { stateWord, whySentence } from '../ui/state';
import { formatDuration } from '../ui/time';
import { pathOf, typeName } from './types';

/** The name of a node: its label, or its file's without folder and suffix. */
export function nodeName(id: string, node: PipelineNode): string {
  if (typeof node.label === 'string' && node.label.trim() !== '') {
    return node.label;
  }
  const file = pathOf(node).split('/').pop() ?? '';
  return file.replace(/\.[^.]+$/, '') || id;
}

/** What stands in grey below the name: the file, or the type. */
export function nodeDetail(
  node: PipelineNode,
  trans: TranslationBundle
): string {
  return safeLine(pathOf(node) || typeName(node, trans));
}

/** What a node is doing or did, as it stands at the right of its card. */
export function doing(
  node: PipelineNode,
  run: NodeRun | null,
  planned: PlannedNode | null,
  trans: TranslationBundle
): string {
  if (!run) {
    return node.disabled ? trans.__('disabled') : willBe(planned, trans);
  }
  if (planned && run.state === 'succeeded') {
    return willBe(planned, trans);
  }
  switch (run.state) {
    case 'queued':
      return queued(run, trans);
    case 'running':
      return progress(run, trans) ?? trans.__('running');
    case 'waiting':
      return trans.__('needs an answer');
    case 'succeeded':
      return run.reused ? trans.__('reused') : seconds(run);
    case 'failed':
      return failed(run, trans);
    case 'cancelled':
      return trans.__('cancelled');
    case 'skipped':
      return skipped(run, trans);
    default:
      return '';
  }
}

function willBe(planned: PlannedNode | null, trans: TranslationBundle): string {
  switch (planned?.action) {
    case 'run':
      return trans.__('will run');
    case 'reuse':
      return trans.__('will be reused');
    default:
      return '';
  }
}

function seconds(run: NodeRun): string {
  return typeof run.seconds === 'number' ? formatDuration(run.seconds) : '';
}

/** "cell 3 of 12", or null where nothing is known of cells. */
function progress(run: NodeRun, trans: TranslationBundle): string | null {
  if (typeof run.cell !== 'number') {
    return null;
  }
  return typeof run.cells === 'number'
    ? trans.__('cell %1 of %2', run.cell, run.cells)
    : trans.__('cell %1', run.cell);
}

/** How far a running node is, from 0 to 1; null where that is not known. */
export function fraction(run: NodeRun | null): number | null {
  const { state, cell, cells } = run ?? {};
  if (
    state !== 'running' ||
    typeof cell !== 'number' ||
    typeof cells !== 'number' ||
    cells < 1
  ) {
    return null;
  }
  // The cell that runs is neither done nor not begun: half of it counts.
  return Math.min(1, (cell - 0.5) / cells);
}

function queued(run: NodeRun, trans: TranslationBundle): string {
  switch (run.reason) {
    case 'retry':
      return trans.__('will try again');
    case 'output-busy':
      return trans.__('waits for a file');
    case 'resources':
      return trans.__('waits for room');
    default:
      return trans.__('queued');
  }
}

function failed(run: NodeRun, trans: TranslationBundle): string {
  switch (run.reason) {
    case 'timeout':
      return trans.__('timed out');
    case 'killed':
      return trans.__('killed');
    case 'interrupted':
      return trans.__('interrupted');
    case 'output-missing':
      return trans.__('no output');
    case 'disk-full':
      return trans.__('disk full');
    case 'crash-loop':
      return trans.__('crashed');
    default:
      return typeof run.error?.cell === 'number'
        ? trans.__('failed in cell %1', run.error.cell)
        : trans.__('failed');
  }
}

function skipped(run: NodeRun, trans: TranslationBundle): string {
  switch (run.reason) {
    case 'condition':
      return trans.__('skipped: condition');
    case 'upstream':
      return trans.__('skipped: upstream');
    case 'disabled':
      return trans.__('disabled');
    case 'not-selected':
      return trans.__('not selected');
    default:
      return trans.__('skipped');
  }
}

/** A condition as one reads it: "auc ≥ 0.8". */
export function conditionText({ result, op, value }: Condition): string {
  const signs: Record<string, string> = {
    '<=': '≤',
    '>=': '≥',
    '==': '=',
    '!=': '≠'
  };
  const shown = typeof value === 'string' ? `“${value}”` : String(value);
  return safeLine(`${result} ${signs[op] ?? op} ${shown}`, 80);
}

/** What is known of a node besides its place. */
export type NodeFacts = {
  readonly id: string;
  readonly node: PipelineNode;
  readonly run: NodeRun | null;
  readonly planned: PlannedNode | null;
  readonly issues: readonly Issue[];
};

function plannedLines(
  { action, reason }: PlannedNode,
  trans: TranslationBundle
): string[] {
  const why = reason ? [safeLine(reason)] : [];
  switch (action) {
    case 'run':
      return [trans.__('The next run runs it.'), ...why];
    case 'reuse':
      return [trans.__('The next run does not run it again.'), ...why];
    default:
      return why;
  }
}

/** Everything about a node in sentences, for a tooltip. */
export function nodeTitle(
  { id, node, run, planned }: Omit<NodeFacts, 'issues'>,
  trans: TranslationBundle
): string {
  const lines = [safeLine(nodeName(id, node)), nodeDetail(node, trans)];
  if (run) {
    lines.push(`${stateWord(run, trans)}. ${whySentence(run, trans)}`);
    if (run.error) {
      lines.push(safeLine(run.error.message));
    }
  } else if (node.disabled) {
    lines.push(
      trans.__('Disabled: the nodes after it run with its last outputs.')
    );
  }
  if (planned) {
    lines.push(...plannedLines(planned, trans));
  }
  return lines.join('\n');
}

/** A node for who does not see it. */
export function nodeAria(
  { id, node, run, planned, issues }: NodeFacts,
  trans: TranslationBundle
): string {
  const parts = [safeLine(nodeName(id, node)), typeName(node, trans)];
  parts.push(run ? stateWord(run, trans) : trans.__('Not run yet'));
  const now = doing(node, run, planned, trans);
  if (now && run?.state !== 'queued') {
    parts.push(now);
  }
  if (issues.length > 0) {
    parts.push(issueCount(issues.length, trans));
  }
  return parts.join(', ');
}

export function issueCount(count: number, trans: TranslationBundle): string {
  return trans._n('%1 problem', '%1 problems', count, count);
}

/** Issues as sentences, one a line. */
export function issueLines(issues: readonly Issue[]): string {
  return issues
    .map(({ message, hint }) => safeLine(hint ? `${message} ${hint}` : message))
    .join('\n');
}
