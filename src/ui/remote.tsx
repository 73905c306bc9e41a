/**
 * What is said of a run on an Airflow besides its states: how far it has come
 * on its way there, what is in the way, and where its page is.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Remote, RemoteProblem, Run } from '../model/run';
import { safeLine, safeText } from './safetext';
import { isActive } from './state';
import {
  formatClock,
  formatDuration,
  formatRelative,
  parseTime,
  useNow
} from './time';

type RemoteRun = Pick<Run, 'state' | 'remote'>;

/** Steps in which the run is not yet in Airflow. */
const ON_ITS_WAY: ReadonlySet<string> = new Set([
  'accepted',
  'delivering',
  'waiting',
  'triggering'
]);

/** The code of the problem that a person has paused the pipeline. */
const PAUSED = 'paused';

/** What says how the run is being handed over; null when it has arrived. */
export function submissionOf(run: RemoteRun): Remote | null {
  const { remote } = run;
  return remote && isActive(run) && ON_ITS_WAY.has(remote.step) ? remote : null;
}

/** Whether what failed in it can run again in the same run. */
export function canRetry(run: RemoteRun): boolean {
  return Boolean(run.remote) && run.state === 'failed';
}

/** An address of the web; null for anything else that a server may say. */
export function webAddress(url: string | null | undefined): string | null {
  if (!url) {
    return null;
  }
  try {
    const { protocol, href } = new URL(url);
    return protocol === 'http:' || protocol === 'https:' ? href : null;
  } catch {
    return null;
  }
}

/** "Delivered; waiting for Airflow to read it (12 s)", counting up. */
export function Submission(props: {
  remote: Remote;
  clock: () => number;
}): React.JSX.Element {
  const { remote, clock } = props;
  const now = useNow(1000, true, clock);
  const since = parseTime(remote.since);
  const message = safeLine(remote.message).replace(/\.$/, '');
  return (
    <span className="mlops-Submission" title={message}>
      <span className="mlops-Submission-words">{message}</span>
      {since === null ? null : (
        // Not read out: only the sentence is news.
        <span className="mlops-mod-figures" aria-hidden="true">
          {` (${formatDuration((now - since) / 1000, { live: true })})`}
        </span>
      )}
    </span>
  );
}

/** What stands between this page and Airflow, and since when. */
export function RemoteProblemNote(props: {
  problem: RemoteProblem;
  clock: () => number;
  /** Let a paused pipeline go on. */
  onResume: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { problem, clock, onResume, trans } = props;
  return (
    <div className="mlops-RemoteProblem" role="status">
      <p>{problemSentence(problem, clock(), trans)}</p>
      {problem.hint ? (
        <p className="mlops-mod-hint">{safeText(problem.hint)}</p>
      ) : null}
      {problem.code === PAUSED ? (
        <button type="button" className="mlops-Button" onClick={onResume}>
          {trans.__('Resume it')}
        </button>
      ) : null}
    </div>
  );
}

export function problemSentence(
  { message, since }: RemoteProblem,
  now: number,
  trans: TranslationBundle
): string {
  const time = parseTime(since);
  const sentence = safeText(message.trim());
  if (time === null) {
    return sentence;
  }
  const isToday =
    new Date(time).toDateString() === new Date(now).toDateString();
  const when = isToday ? formatClock(time) : formatRelative(time, now, trans);
  return trans.__('%1 (since %2)', sentence.replace(/\.$/, ''), when);
}

/** A link to a page of Airflow's; nothing where there is none to trust. */
export function AirflowLink(props: {
  url: string | null | undefined;
  isIcon?: boolean;
  label?: string;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { isIcon, trans } = props;
  const href = webAddress(props.url);
  const label = props.label ?? trans.__('Open in Airflow');
  return href === null ? null : (
    <a
      className={
        isIcon ? 'mlops-AirflowLink mlops-mod-icon' : 'mlops-AirflowLink'
      }
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      title={isIcon ? label : undefined}
      aria-label={isIcon ? label : undefined}
    >
      {isIcon ? (
        <launchIcon.react tag="span" width="14px" height="14px" />
      ) : (
        label
      )}
    </a>
  );
}
