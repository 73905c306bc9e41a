/**
 * Environment variables: texts, and secrets by their name. The value of a
 * secret is never here: the file has only its name.
 */
import { addIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { JsonValue } from '../model/document';
import { isObject, own, pointerOf } from '../model/document';
import { safeLine } from '../ui/safetext';
import { Field } from './field';
import { useFieldValue } from './fieldvalue';
import type { ISchemaFieldProps } from './fieldvalue';
import { useForm } from './form';
import { IssueNotes, issuesAt } from './issues';
import { withEntry } from './target';
import { NewVariable, Variable } from './variable';

type Env = Readonly<Record<string, JsonValue>>;

export function EnvField(props: ISchemaFieldProps): React.JSX.Element {
  const { name, target } = props;
  const { trans, readOnly, issues } = useForm();
  const { value, isSeveral, inherited, frame } = useFieldValue(props);
  const [isAdding, setAdding] = useState(false);
  // Who names a new variable with Enter or Tab goes on to write its value.
  const [next, setNext] = useState<string | null>(null);
  const env: Env = isObject(value) ? value : {};
  const usual: Env = isObject(inherited) ? inherited : {};
  const placesOf = (variable: string) =>
    frame.pointers.map(place => place + pointerOf([variable]));
  const write = (variable: string, content: JsonValue | undefined) => {
    const after = withEntry(env, variable, content) as Env;
    const isEmpty = Object.keys(after).length === 0;
    target.write(name, isEmpty ? undefined : { ...after });
  };
  return (
    <Field
      {...frame}
      inner={Object.keys(env).flatMap(placesOf)}
      reset={null}
      origin={undefined}
    >
      {ties => (
        <div id={ties.id} role="group" aria-label={frame.label}>
          {isSeveral && (
            <p className="mlops-Field-note">{trans.__('several values')}</p>
          )}
          {Object.keys(usual)
            .filter(variable => !Object.hasOwn(env, variable))
            .map(variable => (
              <Inherited
                key={variable}
                variable={variable}
                value={usual[variable]}
                onOverride={() => write(variable, usual[variable])}
              />
            ))}
          {Object.keys(env).map(variable => {
            const places = placesOf(variable);
            return (
              <div key={variable} data-mlops-field={places.join('\n')}>
                <Variable
                  variable={variable}
                  value={env[variable]}
                  isNext={variable === next}
                  isTaken={other => own(env, other) !== undefined}
                  onRename={to =>
                    target.write(name, renamed(env, variable, to))
                  }
                  onValue={content => write(variable, content)}
                />
                <IssueNotes issues={issuesAt(issues, places)} />
              </div>
            );
          })}
          {!readOnly &&
            !isSeveral &&
            (isAdding ? (
              <NewVariable
                isTaken={other => own(env, other) !== undefined}
                onName={(variable, isGoingOn) => {
                  setNext(isGoingOn ? variable : null);
                  write(variable, '');
                }}
                onDone={() => setAdding(false)}
              />
            ) : (
              <button
                type="button"
                className="mlops-Field-add"
                onClick={() => setAdding(true)}
              >
                <addIcon.react tag="span" elementSize="small" />
                {trans.__('Add a variable')}
              </button>
            ))}
        </div>
      )}
    </Field>
  );
}

/** A variable of the pipeline's, with how to have another value here. */
function Inherited(props: {
  variable: string;
  value: JsonValue;
  onOverride(): void;
}): React.JSX.Element {
  const { trans, readOnly } = useForm();
  const secret = isObject(props.value) ? own(props.value, 'secret') : undefined;
  const shown =
    typeof secret === 'string'
      ? trans.__('secret %1', secret)
      : typeof props.value === 'string'
        ? props.value
        : '';
  return (
    <div className="mlops-Field-row mlops-mod-inherited">
      <code className="mlops-Field-code">{safeLine(props.variable)}</code>
      <span className="mlops-Field-code">{safeLine(shown)}</span>
      <span className="mlops-Field-origin">
        {trans.__('from the pipeline')}
      </span>
      {!readOnly && (
        <button type="button" className="mlops-Link" onClick={props.onOverride}>
          {trans.__('Change')}
        </button>
      )}
    </div>
  );
}

function renamed(env: Env, from: string, to: string): JsonValue {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name === from ? to : name,
      value
    ])
  );
}
