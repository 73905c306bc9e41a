/** A run in the panel: two lines, and what opens below them. */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  deleteIcon,
  LabIcon,
  refreshIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import React, { memo } from 'react';

import { pipelinePath } from '../api/runs';
import type { RunSummary } from '../model/run';
import {
  canRetry,
  problemSentence,
  Submission,
  submissionOf
} from '../ui/remote';
import { safeLine } from '../ui/safetext';
import { selectionWords } from '../ui/selection';
import { canRunFailed, isActive, StateIcon, stateWord } from '../ui/state';
import {
  durationOf,
  formatExact,
  formatRelative,
  parseTime,
  useNow
} from '../ui/time';
import type { Timed } from '../ui/time';
import type { RunActions } from './actions';
import { canvasIcon, retryIcon } from './icons';
import { placeKey } from './model';
import { runFolder, runName, runtimeLabel } from './names';
import { NodeStrip } from './strip';

export interface IRunRowProps {
  run: RunSummary;
  isOpen: boolean;
  isTabStop: boolean;
  /** Whether the folder tells it from others of the same name. */
  hasFolder: boolean;
  /** The time, kept current to half a minute. */
  now: number;
  clock: () => number;
  actions: RunActions;
  onToggle: (run: string) => void;
  trans: TranslationBundle;
  /** What is shown below while it is open. */
  children?: React.ReactNode;
}

export const RunRow = memo(function RunRow(
  props: IRunRowProps
): React.JSX.Element {
  const { run, isOpen, isTabStop, clock, actions, trans } = props;
  const name = runName(run);
  const folder = runFolder(run);
  const bodyId = `mlops-run-${run.id}`;
  return (
    <li
      className={`mlops-Run${isOpen ? ' mlops-mod-open' : ''}`}
      data-mlops-run={run.id}
      data-state={run.state}
    >
      <div className="mlops-Run-head">
        <button
          type="button"
          className="mlops-Run-toggle"
          data-mlops-place={placeKey({ run: run.id })}
          aria-expanded={isOpen}
          aria-controls={isOpen ? bodyId : undefined}
          tabIndex={isTabStop ? 0 : -1}
          onClick={() => props.onToggle(run.id)}
        >
          <StateIcon state={run.state} reason={run.reason} />
          <span className="mlops-Run-lines">
            <span className="mlops-Run-line">
              <span
                className="mlops-Run-name"
                title={safeLine(pipelinePath(run))}
              >
                <bdi>{name}</bdi>
                {props.hasFolder && folder ? (
                  <span className="mlops-Run-folder">
                    <bdi>{folder}</bdi>
                  </span>
                ) : null}
              </span>
              <Duration timed={run} clock={clock} />
            </span>
            <span className="mlops-Run-line mlops-mod-second">
              <RunWords {...props} />
              {submissionOf(run) ? null : (
                <NodeStrip nodes={run.nodes} trans={trans} />
              )}
            </span>
          </span>
        </button>
        <div
          className="mlops-Run-actions"
          role="group"
          aria-label={trans.__('Actions on this run')}
        >
          {isActive(run) ? (
            <IconButton
              icon={stopIcon}
              label={trans.__('Stop')}
              isTabStop={isTabStop}
              onClick={() => void actions.stop(run.id)}
            />
          ) : null}
          {canRetry(run) ? (
            <IconButton
              icon={retryIcon}
              label={trans.__('Retry failed')}
              isTabStop={isTabStop}
              onClick={() => void actions.retry(run.id)}
            />
          ) : null}
          {canRunFailed(run) ? (
            <IconButton
              icon={retryIcon}
              label={trans.__('Run what failed')}
              isTabStop={isTabStop}
              onClick={() => void actions.failed(run.id)}
            />
          ) : null}
          {isActive(run) ? null : (
            <IconButton
              icon={refreshIcon}
              label={trans.__('Run again')}
              isTabStop={isTabStop}
              onClick={() => void actions.again(run.id)}
            />
          )}
          <IconButton
            icon={canvasIcon}
            label={trans.__('Show on canvas')}
            isTabStop={isTabStop}
            onClick={() => void actions.show(run.id)}
          />
          <IconButton
            icon={deleteIcon}
            label={trans.__('Delete')}
            isTabStop={isTabStop}
            isDisabled={isActive(run)}
            onClick={() => void actions.remove(run.id)}
          />
        </div>
      </div>
      {isOpen ? (
        <div className="mlops-Run-body" id={bodyId}>
          {props.children}
        </div>
      ) : null}
    </li>
  );
});

/** How it stands, since when, where; while it is handed over, how far that is. */
function RunWords(props: IRunRowProps): React.JSX.Element {
  const { run, now, clock, trans } = props;
  const { remote } = run;
  const created = parseTime(run.created);
  const submission = submissionOf(run);
  return (
    <span className="mlops-Run-words">
      {remote?.problem ? (
        <span
          className="mlops-Run-problem"
          title={problemSentence(remote.problem, now, trans)}
        >
          {safeLine(remote.problem.message)}
        </span>
      ) : submission ? (
        <Submission remote={submission} clock={clock} />
      ) : (
        <span className="mlops-Run-state">{stateWord(run, trans)}</span>
      )}
      {run.select ? <span>{selectionWords(run, trans)}</span> : null}
      {created === null || submission ? null : (
        <time dateTime={run.created} title={formatExact(created)}>
          {formatRelative(created, now, trans)}
        </time>
      )}
      <span>{runtimeLabel(run.runtime, trans)}</span>
      {remote?.scheduled ? (
        <span title={trans.__('Started by its schedule')}>
          {trans.__('scheduled')}
        </span>
      ) : null}
    </span>
  );
}

/** How long something took, or has taken so far; ticks by itself. */
export function Duration(props: {
  timed: Timed;
  clock: () => number;
}): React.JSX.Element {
  const { timed, clock } = props;
  const now = useNow(1000, timed.state === 'running', clock);
  return <span className="mlops-Duration">{durationOf(timed, now)}</span>;
}

function IconButton(props: {
  icon: LabIcon;
  label: string;
  isTabStop: boolean;
  isDisabled?: boolean;
  onClick: () => void;
}): React.JSX.Element {
  const { icon, label } = props;
  return (
    <button
      type="button"
      className="mlops-Run-action"
      title={label}
      aria-label={label}
      disabled={props.isDisabled}
      tabIndex={props.isTabStop ? 0 : -1}
      onClick={props.onClick}
    >
      <icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
