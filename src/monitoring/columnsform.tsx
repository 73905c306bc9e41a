/** What the columns of the data are: roles, features, groups. */
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import { isObject } from '../model/document';
import type { JsonValue } from '../model/document';
import { safeLine } from '../ui/safetext';
import { listText, readList, scalar, scalarText, valueAt } from './editing';
import { COLUMNS, ReadField, TextField } from './formfields';
import type { IFormProps } from './formfields';

export function ColumnsForm(props: { form: IFormProps }): React.JSX.Element {
  const { form } = props;
  const { trans } = form;
  const isClassifier = valueAt(form.document, ['problem']) !== 'regression';
  const score = valueAt(form.document, ['columns', 'score']);
  const column = (name: string, label: string, note: string) => (
    <TextField
      form={form}
      path={['columns', name]}
      label={label}
      note={note}
      isColumn={true}
    />
  );
  return (
    <>
      <div className="mlops-MonitorForm-grid">
        {column('target', trans.__('Label'), trans.__('What really happened.'))}
        {column(
          'prediction',
          trans.__('Prediction'),
          trans.__('What the model said.')
        )}
        {isClassifier && !isObject(score)
          ? column(
              'score',
              trans.__('Score'),
              trans.__('Its probability of the positive class.')
            )
          : null}
        {column(
          'id',
          trans.__('Id'),
          trans.__('Names a row; labels join on it.')
        )}
        {column('time', trans.__('Time'), trans.__('When the row was scored.'))}
        {isClassifier ? (
          <>
            <ReadField
              form={form}
              path={['columns', 'positive']}
              label={trans.__('Positive class')}
              note={trans.__('The class the score is the probability of.')}
              toText={scalarText}
              read={text => ({
                value: text.trim() === '' ? undefined : scalar(text)
              })}
              problem=""
            />
            <ReadField
              form={form}
              path={['columns', 'favourable']}
              label={trans.__('Favourable outcomes')}
              note={trans.__('Predictions that are good for the person.')}
              toText={listText}
              read={text => ({ value: listOrNone(text) })}
              problem=""
            />
          </>
        ) : null}
      </div>
      <Features form={form} />
      {isClassifier ? <Groups form={form} /> : null}
    </>
  );
}

function listOrNone(text: string): JsonValue | undefined {
  const list = readList(text);
  return list.length > 0 ? list : undefined;
}

function Features(props: { form: IFormProps }): React.JSX.Element {
  const { form } = props;
  const { trans } = form;
  const value = valueAt(form.document, ['columns', 'features']);
  const features = isObject(value) ? Object.entries(value) : [];
  return (
    <fieldset className="mlops-FeaturesForm">
      <legend>
        {trans.__('Features')}
        <span className="mlops-mod-hint">
          {trans.__('What the model reads. Each is watched for drift.')}
        </span>
      </legend>
      <ul>
        {features.map(([name, kind]) => (
          <li key={name}>
            <bdi title={safeLine(name)}>{safeLine(name, 60)}</bdi>
            <select
              className="mlops-Select"
              aria-label={trans.__('Kind of %1', safeLine(name, 60))}
              disabled={form.readOnly}
              value={typeof kind === 'string' ? kind : ''}
              onChange={({ target }) =>
                form.onChange(['columns', 'features', name], target.value)
              }
            >
              <option value="numeric">{trans.__('numbers')}</option>
              <option value="category">{trans.__('categories')}</option>
            </select>
            <button
              type="button"
              className="mlops-IconButton"
              disabled={form.readOnly}
              aria-label={trans.__('Remove %1', safeLine(name, 60))}
              title={trans.__('It is no feature')}
              onClick={() =>
                form.onChange(['columns', 'features', name], undefined)
              }
            >
              <closeIcon.react tag="span" width="14px" />
            </button>
          </li>
        ))}
      </ul>
      <Adder
        label={trans.__('Add a feature')}
        readOnly={form.readOnly}
        onAdd={name => form.onChange(['columns', 'features', name], 'numeric')}
      />
    </fieldset>
  );
}

function Groups(props: { form: IFormProps }): React.JSX.Element {
  const { form } = props;
  const { trans } = form;
  const value = valueAt(form.document, ['columns', 'sensitive']);
  const groups: JsonValue[] = Array.isArray(value) ? value : [];
  const write = (next: JsonValue[]) =>
    form.onChange(['columns', 'sensitive'], next.length > 0 ? next : undefined);
  const set = (index: number, key: string, list: JsonValue[]) =>
    write(
      groups.map((one, at) =>
        at === index && isObject(one) ? { ...one, [key]: list } : one
      )
    );
  return (
    <fieldset className="mlops-GroupsForm">
      <legend>
        {trans.__('Sensitive groups')}
        <span className="mlops-mod-hint">
          {trans.__('Groups that must be treated alike.')}
        </span>
      </legend>
      <ul>
        {groups.map((group, index) => {
          const column = valueAt(group, ['column']);
          const name = typeof column === 'string' ? column : '';
          return (
            <li key={index}>
              <bdi>{safeLine(name, 60)}</bdi>
              <ListInput
                label={trans.__('monitored')}
                value={valueAt(group, ['monitored'])}
                readOnly={form.readOnly}
                onChange={list => set(index, 'monitored', list)}
              />
              <ListInput
                label={trans.__('compared with')}
                value={valueAt(group, ['reference'])}
                readOnly={form.readOnly}
                onChange={list => set(index, 'reference', list)}
              />
              <button
                type="button"
                className="mlops-IconButton"
                disabled={form.readOnly}
                aria-label={trans.__('Remove %1', safeLine(name, 60))}
                onClick={() => write(groups.filter((_, at) => at !== index))}
              >
                <closeIcon.react tag="span" width="14px" />
              </button>
            </li>
          );
        })}
      </ul>
      <Adder
        label={trans.__('Add a column that tells groups')}
        readOnly={form.readOnly}
        onAdd={column =>
          write([...groups, { column, monitored: [], reference: [] }])
        }
      />
    </fieldset>
  );
}

function ListInput(props: {
  label: string;
  value: JsonValue | undefined;
  readOnly: boolean;
  onChange: (list: JsonValue[]) => void;
}): React.JSX.Element {
  const { label, value, readOnly, onChange } = props;
  const kept = listText(value);
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <label className="mlops-ListInput">
      {label}
      <input
        className="mlops-Input"
        type="text"
        readOnly={readOnly}
        value={draft ?? kept}
        onChange={({ target }) => {
          setDraft(target.value);
          onChange(readList(target.value));
        }}
        onBlur={() => setDraft(null)}
      />
    </label>
  );
}

/** A name that is typed or chosen, and a button. */
function Adder(props: {
  label: string;
  readOnly: boolean;
  onAdd: (name: string) => void;
}): React.JSX.Element {
  const { label, readOnly, onAdd } = props;
  const [name, setName] = useState('');
  const add = () => {
    if (name.trim() !== '') {
      onAdd(name.trim());
      setName('');
    }
  };
  return (
    <span className="mlops-Adder">
      <input
        className="mlops-Input"
        type="text"
        list={COLUMNS}
        aria-label={label}
        placeholder={label}
        readOnly={readOnly}
        value={name}
        onChange={({ target }) => setName(target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            event.preventDefault();
            add();
          }
        }}
      />
      <button
        type="button"
        className="mlops-IconButton"
        disabled={readOnly || name.trim() === ''}
        title={label}
        aria-label={label}
        onClick={add}
      >
        <addIcon.react tag="span" width="16px" />
      </button>
    </span>
  );
}
