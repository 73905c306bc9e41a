/**
 * Where the pipeline's schedule is on. The file says when; a runtime starts it
 * only after somebody has switched it on there.
 */
import { Notification } from '@jupyterlab/apputils';
import React, { useEffect } from 'react';

import { inWorkspace } from '../api/client';
import type { Deployment, Runtime } from '../api/client';
import type { Schedule } from '../model/document';
import { LOCAL } from '../model/runtime';
import { safeLine, safeText } from '../ui/safetext';
import { scheduleWords } from '../ui/schedule';
import { ScheduleSwitch } from '../ui/scheduleswitch';
import { formatMoment, formatRelative, parseTime, useNow } from '../ui/time';
import { useSignal } from './hooks';
import { sentenceOf } from './runner';
import type { PipelineSession } from './session';

const HALF_A_MINUTE = 30_000;

export function Schedules(props: {
  session: PipelineSession;
  onSwitchOn: (runtime: string) => void;
}): React.JSX.Element {
  const { session } = props;
  const { runtimes } = session.api;
  const known = useSignal(runtimes.changed, () => runtimes.known);
  return (
    <div className="mlops-Properties-part mlops-Schedules">
      <h4>{session.trans.__('Switched on')}</h4>
      <ul>
        {known.map(runtime => (
          <Place key={runtime.name} {...props} runtime={runtime} />
        ))}
      </ul>
    </div>
  );
}

/** One runtime: whether the schedule is on there, and what comes of it. */
function Place(props: {
  session: PipelineSession;
  runtime: Runtime;
  onSwitchOn: (runtime: string) => void;
}): React.JSX.Element {
  const { session, runtime, onSwitchOn } = props;
  const { trans, api } = session;
  const { name, label } = runtime;
  const { found, failure } = useDeployment(session, name);
  return (
    <li data-mlops-schedule={name}>
      <div className="mlops-Schedules-line">
        <bdi>{safeLine(label, 60)}</bdi>
        {found ? (
          <ScheduleSwitch
            paused={found.paused}
            label={trans.__('Schedule on %1', safeLine(label, 60))}
            onPause={paused =>
              api.deployments
                .setPaused(name, found.dag_id, paused)
                .then(() => null, sentenceOf)
            }
            trans={trans}
          />
        ) : (
          <button
            type="button"
            className="mlops-Button"
            disabled={failure !== null}
            title={trans.__('Save the pipeline, and start it by its schedule')}
            onClick={() => onSwitchOn(name)}
          >
            {trans.__('Switch on')}
          </button>
        )}
      </div>
      {failure !== null && <p role="status">{safeText(failure)}</p>}
      {found && <Standing {...props} deployment={found} />}
    </li>
  );
}

/** When it is due there, and whether it is the schedule that one sees. */
function Standing(props: {
  session: PipelineSession;
  runtime: Runtime;
  deployment: Deployment;
  onSwitchOn: (runtime: string) => void;
}): React.JSX.Element {
  const { session, runtime, deployment, onSwitchOn } = props;
  const { trans } = session;
  const now = useNow(HALF_A_MINUTE, true, session.clock);
  const schedule = useSignal(
    session.changed,
    () => session.document().schedule
  );
  const { next, last, note, problem } = deployment;
  const due = parseTime(next);
  const ran = parseTime(last?.time);
  const zone = deployment.schedule?.timezone ?? 'UTC';
  const isOther = schedule && !isSame(schedule, deployment.schedule);
  return (
    <>
      {due !== null && deployment.paused === false && (
        <p>{trans.__('Next: %1', formatMoment(due, zone))}</p>
      )}
      {ran !== null && (
        <p>{trans.__('Last started: %1', formatRelative(ran, now, trans))}</p>
      )}
      {note && <p>{safeText(note)}</p>}
      {problem && (
        <p className="mlops-mod-error">{safeText(problem.message)}</p>
      )}
      {runtime.name === LOCAL && (
        <button
          type="button"
          className="mlops-Link"
          onClick={() => void switchOff(session, deployment)}
        >
          {trans.__('Switch it off')}
        </button>
      )}
      {isOther && deployment.schedule && (
        <p>
          {trans.__(
            'It goes by an earlier schedule there: %1.',
            scheduleWords(deployment.schedule, trans)
          )}{' '}
          <button
            type="button"
            className="mlops-Link"
            onClick={() => onSwitchOn(runtime.name)}
          >
            {trans.__('Bring this one there')}
          </button>
        </p>
      )}
    </>
  );
}

async function switchOff(
  { api }: PipelineSession,
  { dag_id }: Deployment
): Promise<void> {
  try {
    await api.deployments.unschedule(LOCAL, dag_id);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}

function isSame(
  { cron, timezone }: Schedule,
  there: Deployment['schedule']
): boolean {
  return (
    there !== null &&
    there.cron === cron &&
    (there.timezone ?? 'UTC') === (timezone ?? 'UTC')
  );
}

/** The schedule of this pipeline on a runtime, kept current while it is shown. */
function useDeployment(
  session: PipelineSession,
  runtime: string
): { found: Deployment | null; failure: string | null } {
  const { deployments } = session.api;
  useEffect(() => {
    const watch = deployments.watch(runtime);
    return () => watch.dispose();
  }, [deployments, runtime]);
  const { changed } = deployments;
  const known = useSignal(changed, () => deployments.known(runtime));
  const failure = useSignal(changed, () => deployments.failure(runtime));
  return { found: scheduledOn(known, session.path), failure };
}

/** The entry of a pipeline among those with a schedule; null if it has none. */
export function scheduledOn(
  known: readonly Deployment[] | null,
  path: string
): Deployment | null {
  const found = known?.find(
    ({ workspace, pipeline, schedule }) =>
      schedule !== null && inWorkspace(workspace, pipeline) === path
  );
  return found ?? null;
}
