/** The fields of the form that starts a run: one a parameter, by its type. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { JsonValue, Parameter } from '../model/document';
import { readValue, valueText } from './values';

export function ParameterField(props: {
  name: string;
  parameter: Parameter;
  text: string;
  trans: TranslationBundle;
  onText: (text: string) => void;
}): React.JSX.Element {
  const { name, parameter, text, trans, onText } = props;
  const { type, description } = parameter;
  const isRequired = parameter.default === undefined;
  const error =
    text !== ''
      ? readValue(type, text, trans).error
      : isRequired
        ? trans.__('It has no default: a value is needed.')
        : undefined;
  const id = `mlops-run-${name}`;
  const shared = {
    id,
    className: error === undefined ? '' : 'jp-mod-error',
    value: text,
    'aria-invalid': error !== undefined,
    'aria-describedby': `${id}-note`,
    onChange: (event: React.ChangeEvent<{ value: string }>) =>
      onText(event.target.value)
  };
  return (
    <div className="mlops-RunForm-field">
      <label htmlFor={id}>
        {name}
        <small>{type}</small>
      </label>
      {field(type, isRequired, parameter.default, shared, trans)}
      <p id={`${id}-note`} className={error ? 'mlops-mod-error' : ''}>
        {error ?? description}
      </p>
    </div>
  );
}

type FieldProps = {
  id: string;
  className: string;
  value: string;
  onChange: (event: React.ChangeEvent<{ value: string }>) => void;
};

function field(
  type: Parameter['type'],
  isRequired: boolean,
  fallback: JsonValue | undefined,
  shared: FieldProps,
  trans: TranslationBundle
): React.JSX.Element {
  if (type === 'boolean') {
    return (
      <select {...shared}>
        <option value="">
          {isRequired
            ? trans.__('Choose')
            : fallback === true
              ? trans.__('Default: yes')
              : trans.__('Default: no')}
        </option>
        <option value="true">{trans.__('Yes')}</option>
        <option value="false">{trans.__('No')}</option>
      </select>
    );
  }
  const placeholder = valueText(type, fallback);
  return type === 'list' || type === 'object' ? (
    <textarea
      rows={2}
      spellCheck={false}
      placeholder={placeholder}
      {...shared}
    />
  ) : (
    <input
      type="text"
      placeholder={placeholder}
      spellCheck={false}
      autoComplete="off"
      inputMode={type === 'string' ? 'text' : 'decimal'}
      {...shared}
    />
  );
}
