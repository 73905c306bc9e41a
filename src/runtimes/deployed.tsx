/** The pipelines that were delivered to an Airflow, with their schedules. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { PathExt } from '@jupyterlab/coreutils';
import React, { useEffect } from 'react';

import { inWorkspace, sentenceOf } from '../api/client';
import type { Deployment } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import { LOCAL } from '../model/runtime';
import { AirflowLink, problemSentence } from '../ui/remote';
import { safeLine, safeText } from '../ui/safetext';
import { scheduleWords } from '../ui/schedule';
import { ScheduleSwitch } from '../ui/scheduleswitch';
import { useSignal } from '../ui/signals';
import { formatMoment, parseTime } from '../ui/time';

export function Deployed(props: {
  runtime: string;
  api: IMlopsApi;
  onOpen: (path: string) => void;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { runtime, api, trans } = props;
  const { deployments } = api;
  useEffect(() => {
    const watch = deployments.watch(runtime);
    return () => watch.dispose();
  }, [deployments, runtime]);
  const title =
    runtime === LOCAL
      ? trans.__('Pipelines with a schedule')
      : trans.__('Pipelines there');
  const { changed } = deployments;
  const found = useSignal(changed, () => deployments.known(runtime));
  const failure = useSignal(changed, () => deployments.failure(runtime));
  return (
    <section className="mlops-Deployed" aria-label={title}>
      <h3>{title}</h3>
      {failure !== null ? (
        <p className="mlops-RuntimeRow-problem" role="status">
          {safeText(failure)}
        </p>
      ) : null}
      {found === null ? (
        failure === null ? (
          <p className="mlops-Empty mlops-mod-late">{trans.__('Reading…')}</p>
        ) : null
      ) : found.length === 0 ? (
        <p className="mlops-Empty">
          {runtime === LOCAL
            ? trans.__(
                'None yet. Give a pipeline a schedule in its properties, and switch it on there.'
              )
            : trans.__(
                'None yet. Choose this runtime in a pipeline’s toolbar, and press Run.'
              )}
        </p>
      ) : (
        <ul>
          {found.map(deployment => (
            <DeployedRow
              key={deployment.dag_id}
              {...props}
              deployment={deployment}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function DeployedRow(props: {
  runtime: string;
  api: IMlopsApi;
  deployment: Deployment;
  onOpen: (path: string) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { runtime, deployment, api, trans } = props;
  const { schedule, problem, message, step } = deployment;
  const path = inWorkspace(deployment.workspace, deployment.pipeline);
  const name = safeLine(PathExt.basename(path).replace(/\.pipeline$/, ''));
  const due = parseTime(deployment.next);
  const isMoving = step !== null && step !== 'ended' && step !== 'following';
  return (
    <li className="mlops-DeployedRow" data-mlops-dag={deployment.dag_id}>
      <div className="mlops-DeployedRow-line">
        <button
          type="button"
          className="mlops-Link mlops-DeployedRow-name"
          title={safeLine(path)}
          onClick={() => props.onOpen(path)}
        >
          <bdi>{name}</bdi>
        </button>
        <AirflowLink
          url={deployment.url}
          label={trans.__('Open %1 in Airflow', name)}
          isIcon
          trans={trans}
        />
      </div>
      <div className="mlops-DeployedRow-line">
        <span className="mlops-DeployedRow-words">
          {isMoving && message
            ? safeLine(message)
            : schedule
              ? scheduleWords(schedule, trans)
              : trans.__('No schedule: it runs when you start it.')}
        </span>
        {schedule ? (
          <ScheduleSwitch
            paused={deployment.paused}
            label={trans.__('Schedule of %1', name)}
            onPause={paused =>
              api.deployments
                .setPaused(runtime, deployment.dag_id, paused)
                .then(() => null, sentenceOf)
            }
            trans={trans}
          />
        ) : null}
      </div>
      {due !== null && deployment.paused === false ? (
        <p className="mlops-DeployedRow-words">
          {trans.__('Next: %1', formatMoment(due, schedule?.timezone ?? 'UTC'))}
        </p>
      ) : null}
      {problem ? (
        <p className="mlops-RuntimeRow-problem">
          {problemSentence(problem, api.client.now(), trans)}
          {problem.hint ? (
            <span className="mlops-mod-hint"> {safeText(problem.hint)}</span>
          ) : null}
        </p>
      ) : null}
    </li>
  );
}
