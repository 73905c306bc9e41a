/** The steps of a test, ticked off one by one, and what to do about the first that fails. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useRef } from 'react';

import { safeText } from '../ui/safetext';
import { firstFailed, stepNames } from './checks';
import type { Test } from './checks';
import { Light } from './light';
import { stepStateWord, stepWord } from './words';

export function Checklist(props: {
  test: Test;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { test, trans } = props;
  const failed = firstFailed(test);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Begun below a long form, it would be missed.
    if (test.isRunning || failed) {
      box.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [test.isRunning, failed]);
  return (
    <div ref={box} className="mlops-Checklist">
      <ol aria-label={trans.__('Test')} aria-busy={test.isRunning}>
        {stepNames(test).map(name => {
          const step = test.steps[name];
          const state = step?.state ?? (test.isRunning ? 'none' : 'skipped');
          return (
            <li key={name} data-mlops-step={name} data-state={state}>
              <Light state={state} />
              <span className="mlops-Checklist-lines">
                <span>
                  {stepWord(name, trans)}
                  <span className="mlops-hidden">
                    {`: ${stepStateWord(state, trans)}`}
                  </span>
                </span>
                {state === 'ok' && step?.message ? (
                  <span className="mlops-Checklist-message">
                    {safeText(step.message)}
                  </span>
                ) : null}
                {state === 'failed' && step ? (
                  <span className="mlops-Checklist-problem">
                    <span>{safeText(step.message)}</span>
                    {step.hint ? (
                      <span className="mlops-mod-hint">
                        {safeText(step.hint)}
                      </span>
                    ) : null}
                  </span>
                ) : null}
              </span>
            </li>
          );
        })}
      </ol>
      {test.failure !== null ? (
        <p className="mlops-Checklist-problem">{safeText(test.failure)}</p>
      ) : null}
      <span className="mlops-hidden" role="status">
        {test.isRunning
          ? ''
          : failed
            ? `${stepWord(failed.step, trans)}: ${safeText(failed.message)}`
            : test.failure === null
              ? trans.__('Everything works.')
              : safeText(test.failure)}
      </span>
    </div>
  );
}
