/** Whether a schedule is on; what was asked for shows until the runtime has it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

export function ScheduleSwitch(props: {
  /** Whether it rests; null while that is not known. */
  paused: boolean | null;
  /** What it is called for who does not see it. */
  label: string;
  /** Answers with why it could not be done, or null. */
  onPause: (paused: boolean) => Promise<string | null>;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { paused, label, onPause, trans } = props;
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    setWanted(current => (current === paused ? null : current));
  }, [paused]);
  const isPaused = wanted ?? paused;
  const toggle = async () => {
    setWanted(!isPaused);
    const failure = await onPause(!isPaused);
    setFailure(failure);
    if (failure !== null) {
      setWanted(null);
    }
  };
  return (
    <button
      type="button"
      role="switch"
      className="mlops-Switch"
      aria-checked={isPaused === false}
      aria-label={label}
      title={
        failure ??
        (isPaused === null
          ? trans.__('It is not known yet whether the schedule is on.')
          : isPaused
            ? trans.__('The schedule rests. Click to go on.')
            : trans.__('The schedule is on. Click to pause it.'))
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
