/** How a person answers an alert: an action, and why. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useId, useRef, useState } from 'react';

import type { DecisionRequest } from '../api/client';
import type { Alert, DecisionAction } from '../model/monitor';
import { safeText } from '../ui/safetext';
import { decisionSentence, decisionWord } from './words';

const ACTIONS: readonly DecisionAction[] = [
  'retrain',
  'accept',
  'snooze',
  'dismiss'
];
const DAY = 86_400_000;
const SNOOZES = [1, 3, 7, 30];

export interface IDecideProps {
  alert: Alert;
  /** The refresh pipeline of the monitor; null where it names none. */
  refresh: string | null;
  /** Answers with what is wrong, or null. */
  onDecide: (decision: DecisionRequest) => Promise<string | null>;
  /** A person begins to write an answer, or ends: until then it must stay on the screen. */
  onWriting: (isWriting: boolean) => void;
  now?: () => number;
  trans: TranslationBundle;
}

/** On an element: the keyboard goes here when an alert leaves the screen. */
export const FOCUS_HOME = 'mlops-mod-focusHome';

export function Decide(props: IDecideProps): React.JSX.Element {
  const { refresh, onWriting, trans } = props;
  const [chosen, setChosen] = useState<DecisionAction | null>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const close = () => {
    // The keyboard goes back to where it came from.
    buttons.current
      ?.querySelector<HTMLElement>(`[data-mlops-action="${chosen ?? ''}"]`)
      ?.focus();
    choose(null);
  };
  const choose = (action: DecisionAction | null) => {
    setChosen(action);
    onWriting(action !== null);
  };
  return (
    <div className="mlops-Decide">
      <div
        ref={buttons}
        className="mlops-Decide-actions"
        role="group"
        aria-label={trans.__('Decide')}
      >
        {ACTIONS.map(action => (
          <button
            key={action}
            type="button"
            data-mlops-action={action}
            className={`mlops-Button${action === chosen ? ' mlops-mod-chosen' : ''}`}
            aria-expanded={action === chosen}
            disabled={action === 'retrain' && refresh === null}
            title={decisionSentence(action, refresh, trans)}
            onClick={() => choose(action === chosen ? null : action)}
          >
            {decisionWord(action, trans)}
          </button>
        ))}
      </div>
      {chosen ? (
        <DecideForm {...props} key={chosen} action={chosen} onClose={close} />
      ) : null}
    </div>
  );
}

function DecideForm(
  props: IDecideProps & { action: DecisionAction; onClose: () => void }
): React.JSX.Element {
  const { alert, action, refresh, onClose, trans } = props;
  const [comment, setComment] = useState('');
  const [days, setDays] = useState(SNOOZES[0]);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  // What the person sees while deciding, not what came in since.
  const seen = useRef(alert.decisions.length);
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    if (isRefused) {
      // Who was told of another's decision has seen it.
      seen.current = alert.decisions.length;
    }
  }, [isRefused, alert]);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);

  const submit = async () => {
    if (comment.trim() === '') {
      setProblem(
        trans.__('Say why, in a few words: whoever looks later wants to know.')
      );
      field.current?.focus();
      return;
    }
    setBusy(true);
    setProblem(null);
    const now = props.now?.() ?? Date.now();
    const home = field.current?.closest<HTMLElement>(`.${FOCUS_HOME}`);
    const failure = await props.onDecide({
      action,
      comment: comment.trim(),
      until:
        action === 'snooze' ? new Date(now + days * DAY).toISOString() : null,
      seen: seen.current
    });
    setBusy(false);
    if (failure === null) {
      onClose();
    } else {
      setRefused(true);
      setProblem(failure);
    }
    requestAnimationFrame(() => {
      // An answered alert may leave the screen, and must not take the keyboard with it.
      if (document.activeElement === document.body) {
        home?.focus({ preventScroll: true });
      }
    });
  };

  return (
    <form
      className="mlops-DecideForm"
      noValidate
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void submit();
        }
      }}
    >
      <p className="mlops-mod-hint">
        {decisionSentence(action, refresh, trans)}
      </p>
      {action === 'snooze' ? (
        <label className="mlops-DecideForm-until">
          {trans.__('For')}
          <select
            className="mlops-Select"
            value={days}
            onChange={event => setDays(Number(event.target.value))}
          >
            {SNOOZES.map(count => (
              <option key={count} value={count}>
                {trans._n('%1 day', '%1 days', count, count)}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label htmlFor={id}>{trans.__('Why')}</label>
      <textarea
        id={id}
        ref={field}
        className="mlops-Input"
        rows={2}
        maxLength={4000}
        required
        value={comment}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
        onChange={event => setComment(event.target.value)}
      />
      {problem === null ? null : (
        <p
          id={`${id}-problem`}
          className="mlops-DecideForm-problem"
          role="alert"
        >
          {safeText(problem)}
        </p>
      )}
      <div className="mlops-Actions">
        <button
          type="submit"
          className="mlops-Button mlops-mod-main"
          disabled={isBusy}
        >
          {decisionWord(action, trans)}
        </button>
        <button type="button" className="mlops-Button" onClick={onClose}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}
