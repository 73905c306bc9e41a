/**
 * Over the canvas, while it shows a run on an Airflow: how far the run is on
 * its way, what is in the way, and the ways there. It lies over the picture,
 * so that nothing moves when it comes and goes.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Run } from '../model/run';
import {
  AirflowLink,
  canRetry,
  RemoteProblemNote,
  Submission,
  submissionOf
} from '../ui/remote';
import { safeLine } from '../ui/safetext';
import { StateIcon, stateWord } from '../ui/state';

export interface IRemoteBarProps {
  run: Run | null;
  clock: () => number;
  onRetry: (run: string) => void;
  onResume: (run: string) => void;
  trans: TranslationBundle;
}

export function RemoteBar(props: IRemoteBarProps): React.JSX.Element | null {
  const { run, clock, onRetry, onResume, trans } = props;
  if (!run?.remote) {
    return null;
  }
  const { remote } = run;
  const submission = submissionOf(run);
  return (
    <div
      className="mlops-RemoteBar"
      role="region"
      aria-label={trans.__('Run on %1', safeLine(run.runtime))}
    >
      <div className="mlops-RemoteBar-line">
        <StateIcon state={submission ? 'running' : run.state} size={14} />
        <span className="mlops-RemoteBar-words" role="status">
          {submission ? (
            <Submission remote={submission} clock={clock} />
          ) : (
            trans.__(
              '%1 on %2',
              stateWord(run, trans),
              safeLine(run.runtime, 40)
            )
          )}
        </span>
        {canRetry(run) && (
          <button
            type="button"
            className="mlops-Link"
            title={trans.__(
              'Run what failed again, in the same run of Airflow'
            )}
            onClick={() => onRetry(run.id)}
          >
            {trans.__('Retry failed')}
          </button>
        )}
        <AirflowLink url={remote.url} trans={trans} />
      </div>
      {remote.problem && (
        <RemoteProblemNote
          problem={remote.problem}
          clock={clock}
          onResume={() => onResume(run.id)}
          trans={trans}
        />
      )}
    </div>
  );
}
