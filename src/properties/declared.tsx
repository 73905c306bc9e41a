/** The parameters of the pipeline, as a table that one writes in. */
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import type { JsonValue, Parameter, ParameterType } from '../model/document';
import { own, pointerOf } from '../model/document';
import { isLike } from '../model/law';
import { convert, typeLabel } from '../ui/typed';
import { useDraft } from './draft';
import { useForm } from './form';
import { IconButton, Select, TextArea, TextInput } from './inputs';
import { IssueNotes, issuesAt, issuesBeside } from './issues';
import { ValueInput } from './value';

const TYPES: readonly ParameterType[] = [
  'string',
  'integer',
  'number',
  'boolean',
  'list',
  'object'
];

export function Declared(): React.JSX.Element {
  const { document, trans, readOnly, issues, onAction } = useForm();
  const parameters = document.parameters ?? {};
  const [fresh, setFresh] = useState<string | null>(null);
  const names = Object.keys(parameters);
  const add = () => {
    const name = newName(parameters);
    setFresh(name);
    onAction({
      type: 'set-parameter',
      name,
      parameter: { type: 'string', default: '' }
    });
  };
  return (
    <div data-mlops-field="/parameters">
      <IssueNotes
        issues={issuesBeside(
          issues,
          ['/parameters'],
          names.map(name => pointerOf(['parameters', name]))
        )}
      />
      {names.length > 0 && (
        <ul className="mlops-Declared" aria-label={trans.__('Parameters')}>
          {names.map(name => (
            <Entry
              key={name}
              name={name}
              parameter={parameters[name]}
              isFresh={name === fresh}
            />
          ))}
        </ul>
      )}
      {!readOnly && (
        <button type="button" className="mlops-Field-add" onClick={add}>
          <addIcon.react tag="span" elementSize="small" />
          {trans.__('Add a parameter')}
        </button>
      )}
    </div>
  );
}

function Entry(props: {
  name: string;
  parameter: Parameter;
  isFresh: boolean;
}): React.JSX.Element {
  const { name, parameter, isFresh } = props;
  const { document, trans, readOnly, issues, onAction } = useForm();
  const [error, setError] = useState('');
  const place = pointerOf(['parameters', name]);
  const isRequired = parameter.default === undefined;
  const set = (change: Partial<Parameter>) => {
    const next = { ...parameter, ...change };
    if (next.default === undefined) {
      delete next.default;
    }
    if (!next.description) {
      delete next.description;
    }
    onAction({ type: 'set-parameter', name, parameter: next });
  };
  const nameDraft = useDraft<string>({
    text: name,
    read: text => {
      const to = text.trim();
      if (!isLike('name', to)) {
        return {
          error: trans.__(
            'A name has letters, digits and _, and no digit first.'
          )
        };
      }
      return to !== name && own(document.parameters, to)
        ? { error: trans.__('%1 is there already.', to) }
        : { value: to };
    },
    commit: (to = name) => onAction({ type: 'rename-parameter', name, to }),
    when: 'leave'
  });
  const description = useDraft<string>({
    text: parameter.description ?? '',
    read: text => ({ value: text }),
    commit: text => set({ description: text }),
    isLong: true
  });
  const problem = nameDraft.error || error;
  return (
    <li className="mlops-Declared-entry" data-mlops-field={place}>
      <div className="mlops-Field-row">
        <TextInput
          ties={{ 'aria-label': trans.__('Name of the parameter') }}
          draft={nameDraft}
          disabled={readOnly}
          autoFocus={isFresh}
          isCode
        />
        <Select
          ties={{ 'aria-label': trans.__('Type of %1', name) }}
          value={parameter.type}
          disabled={readOnly}
          choices={TYPES.map(type => ({
            value: type,
            label: typeLabel(type, trans)
          }))}
          onChange={type =>
            set({
              type: type as ParameterType,
              default: isRequired
                ? undefined
                : convert(parameter.default, type as ParameterType)
            })
          }
        />
        {!readOnly && (
          <IconButton
            label={trans.__('Remove %1', name)}
            onClick={() => onAction({ type: 'remove-parameter', name })}
          >
            <closeIcon.react tag="span" elementSize="small" />
          </IconButton>
        )}
      </div>
      <div className="mlops-Field-row">
        {isRequired ? (
          <span className="mlops-Declared-none">
            {trans.__('asked for at each start')}
          </span>
        ) : (
          <ValueInput
            key={parameter.type}
            ties={{ 'aria-label': trans.__('Default of %1', name) }}
            type={parameter.type}
            value={parameter.default}
            placeholder={trans.__('default')}
            isEmptyText={parameter.type === 'string'}
            onError={setError}
            onValue={(value: JsonValue | undefined) =>
              value === undefined
                ? setError(trans.__('Write a default, or tick “required”.'))
                : set({ default: value })
            }
          />
        )}
        <label className="mlops-Declared-required">
          <input
            type="checkbox"
            className="jp-mod-styled mlops-Tick"
            checked={isRequired}
            disabled={readOnly}
            onChange={event => {
              setError('');
              set({
                default: event.target.checked
                  ? undefined
                  : convert(undefined, parameter.type)
              });
            }}
          />
          {trans.__('required')}
        </label>
      </div>
      <TextArea
        ties={{ 'aria-label': trans.__('Description of %1', name) }}
        draft={description}
        disabled={readOnly}
        placeholder={trans.__('What it means')}
        rows={1}
        maxLength={10000}
      />
      {problem && (
        <p className="mlops-Field-issue mlops-mod-error">{problem}</p>
      )}
      <IssueNotes issues={issuesAt(issues, [place])} />
    </li>
  );
}

function newName(parameters: Readonly<Record<string, Parameter>>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'parameter' : `parameter_${number}`;
    if (!Object.hasOwn(parameters, name)) {
      return name;
    }
  }
}
