/** The fields of a runtime's form: a name, an input, and what is to be said below. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId } from 'react';

import type { Draft, FieldName } from './draft';

/** Names of the fields that hold text. */
export type TextName = {
  [K in FieldName]: Draft[K] extends string ? K : never;
}[FieldName];

export interface IFormProps {
  draft: Draft;
  problems: Partial<Record<FieldName, string>>;
  trans: TranslationBundle;
  onChange: (next: Partial<Draft>) => void;
}

/** The frame of a field. */
export function Frame(props: {
  label: string;
  note?: React.ReactNode;
  problem?: string;
  children: (ties: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean | undefined;
  }) => React.ReactNode;
}): React.JSX.Element {
  const { label, note, problem } = props;
  const id = useId();
  return (
    <div className={`mlops-RuntimeField${problem ? ' mlops-mod-wrong' : ''}`}>
      <label htmlFor={id}>{label}</label>
      {props.children({
        id,
        'aria-describedby': `${id}-note`,
        'aria-invalid': problem ? true : undefined
      })}
      <p id={`${id}-note`} className={problem ? 'mlops-mod-error' : undefined}>
        {problem ?? note}
      </p>
    </div>
  );
}

export function TextField(
  props: IFormProps & {
    name: TextName;
    label: string;
    note?: React.ReactNode;
    placeholder?: string;
    rows?: number;
    isNumber?: boolean;
    isFirst?: boolean;
  }
): React.JSX.Element {
  const { name, draft, problems, onChange, rows } = props;
  return (
    <Frame label={props.label} note={props.note} problem={problems[name]}>
      {ties => {
        const shared = {
          ...ties,
          className: 'mlops-Input',
          value: draft[name],
          placeholder: props.placeholder,
          spellCheck: false,
          autoFocus: props.isFirst,
          'data-mlops-field': name,
          onChange: (event: React.ChangeEvent<{ value: string }>) =>
            onChange({ [name]: event.target.value })
        };
        return rows ? (
          <textarea {...shared} rows={rows} />
        ) : (
          <input
            {...shared}
            type="text"
            autoComplete="off"
            inputMode={props.isNumber ? 'decimal' : 'text'}
          />
        );
      }}
    </Frame>
  );
}

export function ChoiceField<K extends 'auth' | 'delivery'>(
  props: IFormProps & {
    name: K;
    label: string;
    note?: React.ReactNode;
    choices: readonly [Draft[K], string][];
  }
): React.JSX.Element {
  const { name, draft, problems, onChange } = props;
  return (
    <Frame label={props.label} note={props.note} problem={problems[name]}>
      {ties => (
        <select
          {...ties}
          className="mlops-Select"
          value={draft[name]}
          data-mlops-field={name}
          onChange={event => onChange({ [name]: event.target.value })}
        >
          {props.choices.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/**
 * A secret: it can be typed and never be read again. What is kept is said,
 * and where.
 */
export function SecretField(props: {
  name: 'secret' | 'gitSecret';
  label: string;
  value: string;
  isKept: boolean;
  /** Kept, but for another address than the one that is typed. */
  isBound: boolean;
  /** Where secrets are kept, as a sentence. */
  where: string;
  problem?: string;
  trans: TranslationBundle;
  onType: (value: string) => void;
}): React.JSX.Element {
  const { name, isKept, isBound, where, trans } = props;
  return (
    <Frame
      label={props.label}
      problem={props.problem}
      note={
        isBound && isKept && props.value === ''
          ? trans.__(
              'It was entered for another address. Type it again for this one.'
            )
          : where
      }
    >
      {ties => (
        <input
          {...ties}
          className="mlops-Input"
          type="password"
          autoComplete="new-password"
          value={props.value}
          placeholder={isKept ? trans.__('Kept; type to replace it') : ''}
          data-mlops-field={name}
          onChange={event => props.onType(event.target.value)}
        />
      )}
    </Frame>
  );
}
