/** The parameters that scheduled runs are given: others than the defaults. */
import { closeIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { JsonValue, Parameter, Schedule } from '../model/document';
import { own, pointerOf } from '../model/document';
import { safeLine } from '../ui/safetext';
import { formatTyped, typeOf } from '../ui/typed';
import { Field } from './field';
import { useForm } from './form';
import { IconButton } from './inputs';
import { withEntry } from './target';
import { ValueInput } from './value';

export function ScheduledParameters(props: {
  schedule: Schedule;
  change: (next: Partial<Schedule>) => void;
}): React.JSX.Element | null {
  const { schedule, change } = props;
  const { document, trans } = useForm();
  const declared = document.parameters ?? {};
  const given = schedule.parameters ?? {};
  const names = [...new Set([...Object.keys(declared), ...Object.keys(given)])];
  const set = (name: string, value: JsonValue | undefined) => {
    const next = withEntry(given, name, value) as Schedule['parameters'];
    const isEmpty = Object.keys(next ?? {}).length === 0;
    change({ parameters: isEmpty ? undefined : next });
  };
  return names.length === 0 ? null : (
    <div className="mlops-Properties-part">
      <h4>{trans.__('Parameters of scheduled runs')}</h4>
      {names.map(name => (
        <Row
          key={name}
          name={name}
          parameter={own(declared, name) ?? null}
          value={own(given, name)}
          onValue={value => set(name, value)}
        />
      ))}
    </div>
  );
}

function Row(props: {
  name: string;
  parameter: Parameter | null;
  value: JsonValue | undefined;
  onValue: (value: JsonValue | undefined) => void;
}): React.JSX.Element {
  const { name, parameter, value, onValue } = props;
  const { trans, readOnly } = useForm();
  const [error, setError] = useState('');
  const type = parameter ? parameter.type : typeOf(value);
  const isMissing =
    parameter !== null &&
    parameter.default === undefined &&
    value === undefined;
  return (
    <Field
      label={<code>{safeLine(name)}</code>}
      description={parameter?.description}
      pointers={[pointerOf(['schedule', 'parameters', name])]}
      error={error}
      reset={
        parameter && value !== undefined
          ? { label: trans.__('Reset'), onReset: () => onValue(undefined) }
          : null
      }
      actions={
        !parameter &&
        !readOnly && (
          <IconButton
            label={trans.__('Remove %1', name)}
            onClick={() => onValue(undefined)}
          >
            <closeIcon.react tag="span" elementSize="small" />
          </IconButton>
        )
      }
    >
      {ties => (
        <>
          <ValueInput
            key={type ?? 'any'}
            ties={ties}
            type={type}
            value={value}
            placeholder={placeholder()}
            onError={setError}
            onValue={next => onValue(next === '' ? undefined : next)}
          />
          {isMissing && (
            <p className="mlops-Field-note">
              {trans.__(
                'It has no default: a scheduled run cannot ask for it.'
              )}
            </p>
          )}
        </>
      )}
    </Field>
  );

  function placeholder(): string {
    const fallback = parameter?.default;
    if (fallback === undefined) {
      return trans.__('needs a value');
    }
    if (parameter?.type === 'boolean') {
      return fallback === true
        ? trans.__('yes, the default')
        : trans.__('no, the default');
    }
    return safeLine(formatTyped(type, fallback), 200);
  }
}
