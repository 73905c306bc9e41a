/** When the schedule starts the pipeline next, in its toolbar. */
import React, { useEffect } from 'react';

import type { Deployment } from '../api/client';
import { nextTimes } from '../model/cron';
import { formatMoment, parseTime, useNow } from '../ui/time';
import { useSignal } from './hooks';
import { chosenRuntime } from './runtimes';
import { scheduledOn } from './schedules';
import type { PipelineSession } from './session';

const HALF_A_MINUTE = 30_000;

/** Of a pipeline that has a schedule, where it is switched on. */
export function NextStart(props: {
  session: PipelineSession;
}): React.JSX.Element | null {
  const { session } = props;
  const hasSchedule = useSignal(
    session.changed,
    () => session.isReady && session.document().schedule !== undefined
  );
  return hasSchedule ? <Moment {...props} /> : null;
}

function Moment(props: { session: PipelineSession }): React.JSX.Element | null {
  const { session } = props;
  const { trans, view, api } = session;
  const runtime = useSignal(view.changed, () => chosenRuntime(session));
  const { deployments } = api;
  useEffect(() => {
    const watch = deployments.watch(runtime);
    return () => watch.dispose();
  }, [deployments, runtime]);
  const known = useSignal(deployments.changed, () =>
    deployments.known(runtime)
  );
  const now = useNow(HALF_A_MINUTE, true, session.clock);
  const deployment = scheduledOn(known, session.path);
  const due = deployment && nextOf(deployment, now);
  if (!deployment?.schedule || due === null) {
    return null;
  }
  const zone = deployment.schedule.timezone ?? 'UTC';
  return (
    <button
      type="button"
      className="mlops-Link mlops-Toolbar-next"
      title={trans.__('Its schedule starts it then. Show the schedule')}
      onClick={() => session.goToSchedule()}
    >
      {trans.__('Next %1', formatMoment(due, zone))}
    </button>
  );
}

/** What its clock says, else what its expression does; null while it rests. */
function nextOf(
  { next, paused, schedule }: Deployment,
  now: number
): number | null {
  if (paused !== false || schedule === null) {
    return null;
  }
  const zone = schedule.timezone ?? 'UTC';
  return (
    parseTime(next) ?? nextTimes(schedule.cron, zone, now, 1).at(0) ?? null
  );
}
