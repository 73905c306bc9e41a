/**
 * A state as an icon, a colour and a word: never one of them alone. Every
 * place that shows a state takes it from here, so that they agree.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { isSettled } from '../model/run';
import type { Run, RunState } from '../model/run';
import { LOCAL } from '../model/runtime';

/** What tells how a run or node run stands. */
export type Standing = {
  state: RunState;
  reason?: string | null;
  reused?: boolean;
};

/** The class that carries the colour, as --mlops-state-color. */
export function stateClass({ state, reused }: Standing): string {
  return `mlops-state mlops-state-${state}${reused ? ' mlops-state-reused' : ''}`;
}

/** Whether it has not ended yet. */
export function isActive({ state }: { state: RunState }): boolean {
  return !isSettled(state);
}

/** Whether what failed in it can be run in a run of its own, on this machine. */
export function canRunFailed(run: Pick<Run, 'state' | 'runtime'>): boolean {
  return run.state === 'failed' && run.runtime === LOCAL;
}

/** The word for a state. */
export function stateWord(
  { state, reused }: Standing,
  trans: TranslationBundle
): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'running':
      return trans.__('Running');
    case 'waiting':
      return trans.__('Waiting');
    case 'succeeded':
      return reused ? trans.__('Reused') : trans.__('Succeeded');
    case 'failed':
      return trans.__('Failed');
    case 'cancelled':
      return trans.__('Cancelled');
    case 'skipped':
      return trans.__('Skipped');
    default:
      // A newer server may know more states than this page.
      return String(state);
  }
}

/** Why it stands so, in a sentence. */
export function whySentence(
  standing: Standing,
  trans: TranslationBundle
): string {
  const { state, reason, reused } = standing;
  switch (state) {
    case 'queued':
      return queuedSentence(reason, trans);
    case 'running':
      return trans.__('It is running.');
    case 'waiting':
      return trans.__('A person must answer before it goes on.');
    case 'succeeded':
      return reused
        ? trans.__('Not run again: nothing it reads has changed.')
        : trans.__('It ran to its end.');
    case 'failed':
      return failedSentence(reason, trans);
    case 'cancelled':
      return trans.__('It was stopped.');
    case 'skipped':
      return skippedSentence(reason, trans);
    default:
      return reason ?? '';
  }
}

function queuedSentence(
  reason: string | null | undefined,
  trans: TranslationBundle
): string {
  switch (reason) {
    case 'retry':
      return trans.__('It failed and will be tried again.');
    case 'output-busy':
      return trans.__('Waiting: another run writes one of its outputs.');
    case 'resources':
      return trans.__('Waiting until the machine has room for it.');
    default:
      return trans.__('Waiting for its turn.');
  }
}

function failedSentence(
  reason: string | null | undefined,
  trans: TranslationBundle
): string {
  switch (reason) {
    case 'timeout':
      return trans.__('It took longer than its timeout allows.');
    case 'killed':
      return trans.__(
        'Its process was ended from outside, often for lack of memory.'
      );
    case 'interrupted':
      return trans.__('It was interrupted: the machine or the engine stopped.');
    case 'output-missing':
      return trans.__(
        'It ended without making a file that it names as an output.'
      );
    case 'disk-full':
      return trans.__('The disk is full.');
    case 'crash-loop':
      return trans.__(
        'It brought the engine down several times and is not tried again.'
      );
    default:
      return trans.__('Its code raised an error.');
  }
}

function skippedSentence(
  reason: string | null | undefined,
  trans: TranslationBundle
): string {
  switch (reason) {
    case 'upstream':
      return trans.__('Not run: a node before it did not succeed.');
    case 'condition':
      return trans.__('Not run: no condition on the way to it was met.');
    case 'disabled':
      return trans.__(
        'Not run: it is disabled. The nodes after it use its last outputs.'
      );
    case 'not-selected':
      return trans.__('Not run: this run was for other nodes.');
    default:
      return trans.__('Not run.');
  }
}

export interface IStateIconProps extends Standing {
  /** With it the icon is named for screen readers; without it is decoration. */
  trans?: TranslationBundle;
  size?: number;
}

/** The icon of a state in its colour. */
export function StateIcon(props: IStateIconProps): React.JSX.Element {
  const { trans, size = 16, state, reused } = props;
  const label = trans && stateWord(props, trans);
  return (
    <span
      className={`mlops-StateIcon ${stateClass(props)}`}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      title={label}
    >
      <svg width={size} height={size} viewBox="0 0 16 16" fill="none">
        {drawing(state, reused ?? false)}
      </svg>
    </span>
  );
}

/** The icon with its word beside it. */
export function StateLabel(
  props: Standing & { trans: TranslationBundle }
): React.JSX.Element {
  const { trans, ...standing } = props;
  return (
    <span className="mlops-StateLabel">
      <StateIcon {...standing} />
      <span>{stateWord(standing, trans)}</span>
    </span>
  );
}

function drawing(state: RunState, reused: boolean): React.JSX.Element {
  switch (state) {
    case 'succeeded':
      return reused ? REUSED : SUCCEEDED;
    case 'failed':
      return FAILED;
    case 'running':
      return RUNNING;
    case 'waiting':
      return WAITING;
    case 'cancelled':
      return CANCELLED;
    case 'skipped':
      return SKIPPED;
    default:
      return QUEUED;
  }
}

/** On a 16 pixel grid: full discs have ended, rings are open or of no weight. */
const ring = <circle className="mlops-line" cx="8" cy="8" r="6.3" />;
const disc = <circle className="mlops-fill" cx="8" cy="8" r="7" />;

const SUCCEEDED = (
  <>
    {disc}
    <path className="mlops-ink" d="M4.7 8.3l2.2 2.2 4.4-4.7" />
  </>
);
const REUSED = (
  <>
    {ring}
    <path className="mlops-line" d="M5.1 8.2l2 2 3.8-4.1" />
  </>
);
const FAILED = (
  <>
    {disc}
    <path className="mlops-ink" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" />
  </>
);
const RUNNING = (
  <>
    <circle className="mlops-track" cx="8" cy="8" r="6.3" />
    <path className="mlops-line mlops-spin" d="M8 1.7A6.3 6.3 0 0 1 14.3 8" />
    <path className="mlops-fill" d="M6.4 5.2v5.6L10.8 8z" />
  </>
);
const WAITING = (
  <>
    {disc}
    <circle className="mlops-inkFill" cx="8" cy="6" r="2" />
    <path className="mlops-inkFill" d="M4.4 11.7a3.6 3.3 0 0 1 7.2 0z" />
  </>
);
const QUEUED = (
  <>
    {ring}
    <path className="mlops-line" d="M8 4.6V8l2.3 1.5" />
  </>
);
const CANCELLED = (
  <>
    {ring}
    <rect
      className="mlops-fill"
      x="5.5"
      y="5.5"
      width="5"
      height="5"
      rx="0.8"
    />
  </>
);
const SKIPPED = (
  <>
    <circle
      className="mlops-line"
      cx="8"
      cy="8"
      r="6.3"
      strokeDasharray="2.2 1.76"
    />
    <path className="mlops-line" d="M5 8h5.4M8.6 5.9L10.7 8l-2.1 2.1" />
  </>
);
