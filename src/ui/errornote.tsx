/**
 * What went wrong, where, and what to do: one sentence, a hint, and actions
 * that lead there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { safeText } from './safetext';

/** The error of a run or node run, as the server says it. */
export type Failure = {
  code: string;
  message: string;
  hint?: string | null;
  cell?: number | null;
  exit_code?: number | null;
};

export type NoteAction = {
  label: string;
  /** More words, on hover. */
  title?: string;
  onClick: () => void;
};

/** "Train failed in cell 7: KeyError 'age'", from the parts that are known. */
export function failureSentence(
  failure: Failure,
  name: string | null,
  trans: TranslationBundle
): string {
  const message = safeText(failure.message.trim());
  if (name === null) {
    return message;
  }
  const subject = safeText(name);
  // The server's sentence may already begin with the node's name.
  if (message.startsWith(subject)) {
    return message;
  }
  return typeof failure.cell === 'number'
    ? trans.__('%1 failed in cell %2: %3', subject, failure.cell, message)
    : trans.__('%1 failed: %2', subject, message);
}

export interface IErrorNoteProps {
  failure: Failure;
  /** The name of the node that failed; without it the message stands alone. */
  name?: string | null;
  actions?: readonly NoteAction[];
  trans: TranslationBundle;
}

export function ErrorNote(props: IErrorNoteProps): React.JSX.Element {
  const { failure, name = null, actions = [], trans } = props;
  return (
    <div
      className="mlops-ErrorNote"
      role="group"
      aria-label={trans.__('Error')}
    >
      <p className="mlops-ErrorNote-message">
        {failureSentence(failure, name, trans)}
      </p>
      {failure.hint ? (
        <p className="mlops-ErrorNote-hint">{safeText(failure.hint)}</p>
      ) : null}
      <Actions actions={actions} />
    </div>
  );
}

/** A row of quiet buttons. */
export function Actions(props: {
  actions: readonly NoteAction[];
}): React.JSX.Element | null {
  if (props.actions.length === 0) {
    return null;
  }
  return (
    <div className="mlops-Actions">
      {props.actions.map(({ label, title, onClick }) => (
        <button
          key={label}
          type="button"
          className="mlops-Button"
          title={title}
          onClick={onClick}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
