/** The pipelines that were delivered to an Airflow, with their schedules. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { PathExt } from '@jupyterlab/coreutils';
import { Poll } from '@lumino/polling';
import React, { useEffect, useRef, useState } from 'react';

import { inWorkspace, sentenceOf } from '../api/client';
import type { Client, Deployment } from '../api/client';
import { AirflowLink, problemSentence } from '../ui/remote';
import { safeLine, safeText } from '../ui/safetext';
import { scheduleWords } from '../ui/schedule';

const INTERVAL = 4000;

type Source = Pick<Client, 'deployments' | 'setPaused' | 'now'>;

export function Deployed(props: {
  runtime: string;
  source: Source;
  onOpen: (path: string) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { runtime, source, trans } = props;
  const { found, failure, refresh } = useDeployments(source, runtime);
  return (
    <section
      className="mlops-Deployed"
      aria-label={trans.__('Pipelines there')}
    >
      <h3>{trans.__('Pipelines there')}</h3>
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
          {trans.__(
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
              onChanged={refresh}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function DeployedRow(props: {
  runtime: string;
  source: Source;
  deployment: Deployment;
  onOpen: (path: string) => void;
  onChanged: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { deployment, source, trans } = props;
  const { schedule, problem, message, step } = deployment;
  const path = inWorkspace(deployment.workspace, deployment.pipeline);
  const name = safeLine(PathExt.basename(path).replace(/\.pipeline$/, ''));
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
        {schedule ? <Switch {...props} source={source} name={name} /> : null}
      </div>
      {problem ? (
        <p className="mlops-RuntimeRow-problem">
          {problemSentence(problem, source.now(), trans)}
          {problem.hint ? (
            <span className="mlops-mod-hint"> {safeText(problem.hint)}</span>
          ) : null}
        </p>
      ) : null}
    </li>
  );
}

/** Whether the schedule is on; what was asked for shows until Airflow has it. */
function Switch(props: {
  runtime: string;
  source: Source;
  deployment: Deployment;
  name: string;
  onChanged: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { runtime, source, deployment, name, trans } = props;
  const { paused, dag_id } = deployment;
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    setWanted(current => (current === paused ? null : current));
  }, [paused]);
  const isPaused = wanted ?? paused;
  const toggle = async () => {
    setWanted(!isPaused);
    setFailure(null);
    try {
      await source.setPaused(runtime, dag_id, !isPaused);
      props.onChanged();
    } catch (error) {
      setWanted(null);
      setFailure(sentenceOf(error));
    }
  };
  return (
    <button
      type="button"
      role="switch"
      className="mlops-Switch"
      aria-checked={isPaused === false}
      aria-label={trans.__('Schedule of %1', name)}
      title={
        failure ??
        (isPaused === null
          ? trans.__('Airflow has not said yet whether its schedule is on.')
          : isPaused
            ? trans.__('Its schedule rests. Click to go on.')
            : trans.__('Its schedule is on. Click to pause it.'))
      }
      disabled={isPaused === null}
      onClick={() => void toggle()}
    >
      <span aria-hidden="true" className="mlops-Switch-track" />
      <span aria-hidden="true">
        {isPaused === false ? trans.__('On') : trans.__('Paused')}
      </span>
    </button>
  );
}

function useDeployments(
  source: Source,
  runtime: string
): {
  found: readonly Deployment[] | null;
  failure: string | null;
  refresh: () => void;
} {
  const [found, setFound] = useState<readonly Deployment[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const poll = useRef<Poll | null>(null);
  useEffect(() => {
    poll.current = new Poll({
      name: 'mlops-ext:deployments',
      standby: 'when-hidden',
      frequency: { interval: INTERVAL, backoff: true, max: 60_000 },
      factory: async () => {
        try {
          setFound(await source.deployments(runtime));
          setFailure(null);
        } catch (error) {
          setFailure(sentenceOf(error));
          throw error;
        }
      }
    });
    return () => poll.current?.dispose();
  }, [source, runtime]);
  return { found, failure, refresh: () => void poll.current?.refresh() };
}
