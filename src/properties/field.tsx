/**
 * The frame of a field: its name, where its value comes from, what is wrong
 * with it. What stands in the frame is the caller's.
 */
import React, { useId } from 'react';

import { useForm } from './form';
import { IssueNotes, issuesBeside } from './issues';

/** What ties an input to its frame. */
export type InputTies = {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
};

export interface IFieldProps {
  label: React.ReactNode;
  description?: string;
  /** JSON pointers of the value. */
  pointers: readonly string[];
  /** JSON pointers below these that show their issues themselves. */
  inner?: readonly string[];
  /** Where the value that holds comes from: "from the pipeline". */
  origin?: string;
  /** Take the value back, so that the inherited one holds. */
  reset?: { label: string; onReset(): void } | null;
  /** Why what is typed is no value. */
  error?: string;
  /** Further buttons beside the name. */
  actions?: React.ReactNode;
  /** The name stands beside the input, as for a box to tick. */
  isInline?: boolean;
  children(ties: InputTies): React.ReactNode;
}

export function Field(props: IFieldProps): React.JSX.Element {
  const form = useForm();
  const id = useId();
  const { label, description, pointers, inner = [], origin, error } = props;
  const issues = issuesBeside(form.issues, pointers, inner);
  const isWrong =
    !!error || issues.some(({ severity }) => severity === 'error');
  const described = [
    description && `${id}-help`,
    (error || issues.length > 0) && `${id}-issues`
  ].filter(Boolean);
  const ties: InputTies = {
    id,
    'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
    'aria-invalid': isWrong || undefined
  };
  const name = (
    <label htmlFor={id} className="mlops-Field-name" title={description}>
      {label}
    </label>
  );
  return (
    <div
      className={`mlops-Field${isWrong ? ' mlops-mod-wrong' : ''}${props.isInline ? ' mlops-mod-inline' : ''}`}
      data-mlops-field={pointers.join('\n')}
    >
      <div className="mlops-Field-head">
        {props.isInline && props.children(ties)}
        {name}
        {origin && <span className="mlops-Field-origin">{origin}</span>}
        {!form.readOnly && props.reset && (
          <button
            type="button"
            className="mlops-Link mlops-Field-reset"
            onClick={props.reset.onReset}
          >
            {props.reset.label}
          </button>
        )}
        {props.actions}
      </div>
      {!props.isInline && props.children(ties)}
      {description && (
        <span id={`${id}-help`} hidden>
          {description}
        </span>
      )}
      <div id={`${id}-issues`}>
        {error && <p className="mlops-Field-issue mlops-mod-error">{error}</p>}
        <IssueNotes issues={issues} />
      </div>
    </div>
  );
}
