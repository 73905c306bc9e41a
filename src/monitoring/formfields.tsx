/** The fields of a monitor's form: a name, an input, and what is wrong with it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useId, useState } from 'react';

import type { Issue, JsonObject, JsonValue } from '../model/document';
import { pointerOf } from '../model/document';
import { safeText } from '../ui/safetext';
import { valueAt } from './editing';

/** What every part of the form needs. */
export interface IFormProps {
  document: JsonObject;
  issues: readonly Issue[];
  /** The columns of the data, where they are known. */
  columns: readonly string[];
  readOnly: boolean;
  /** Write a value; undefined removes it. */
  onChange: (path: readonly string[], value: JsonValue | undefined) => void;
  trans: TranslationBundle;
}

export interface InputTies {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean | undefined;
  'data-mlops-field': string;
}

/** What is said of the value at a path, or of what lies in it. */
export function issuesAt(
  issues: readonly Issue[],
  path: readonly string[]
): Issue[] {
  const pointer = pointerOf(path);
  return issues.filter(
    one => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`)
  );
}

/** The frame of a field. */
export function MonitorField(props: {
  form: IFormProps;
  path: readonly string[];
  label: string;
  note?: string;
  /** Why what is typed is no value. */
  problem?: string;
  children: (ties: InputTies) => React.ReactNode;
}): React.JSX.Element {
  const { form, path, label, note, problem } = props;
  const id = useId();
  const issues = issuesAt(form.issues, path);
  const isWrong =
    !!problem || issues.some(({ severity }) => severity === 'error');
  const texts = problem ? [problem] : issues.map(({ message }) => message);
  return (
    <div className={`mlops-MonitorField${isWrong ? ' mlops-mod-wrong' : ''}`}>
      <label htmlFor={id}>{label}</label>
      {props.children({
        id,
        'aria-describedby': `${id}-note`,
        'aria-invalid': isWrong || undefined,
        'data-mlops-field': path.join('.')
      })}
      <p id={`${id}-note`} className={isWrong ? 'mlops-mod-error' : undefined}>
        {texts.length > 0 ? safeText(texts.join(' ')) : note}
      </p>
    </div>
  );
}

/**
 * A text as it is typed, which is written as soon as it is a value. What comes
 * from elsewhere (undo, another editor) replaces it.
 */
export function useDraft(
  kept: string,
  write: (text: string) => boolean
): [text: string, isWrong: boolean, type: (text: string) => void] {
  const [draft, setDraft] = useState({ text: kept, from: kept });
  const [isWrong, setWrong] = useState(false);
  useEffect(() => {
    setDraft(old => (old.from === kept ? old : { text: kept, from: kept }));
  }, [kept]);
  const type = (text: string) => {
    setDraft(old => ({ ...old, text }));
    setWrong(!write(text));
  };
  return [draft.text, isWrong, type];
}

export function TextField(props: {
  form: IFormProps;
  path: readonly string[];
  label: string;
  note?: string;
  placeholder?: string;
  /** Offers the names of columns. */
  isColumn?: boolean;
  /** Written as null rather than left out. */
  isNullable?: boolean;
}): React.JSX.Element {
  const { form, path, isNullable, isColumn } = props;
  const value = valueAt(form.document, path);
  const empty = isNullable ? null : undefined;
  return (
    <MonitorField {...props}>
      {ties => (
        <input
          {...ties}
          className="mlops-Input"
          type="text"
          autoComplete="off"
          spellCheck={false}
          list={isColumn ? COLUMNS : undefined}
          placeholder={props.placeholder}
          readOnly={form.readOnly}
          value={typeof value === 'string' ? value : ''}
          onChange={({ target }) =>
            form.onChange(path, target.value === '' ? empty : target.value)
          }
        />
      )}
    </MonitorField>
  );
}

/** The id of the list of columns that inputs offer; one form is shown at a time. */
export const COLUMNS = 'mlops-monitor-columns';

export function ColumnNames(props: {
  columns: readonly string[];
}): React.JSX.Element {
  return (
    <datalist id={COLUMNS}>
      {props.columns.map(name => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

/** A value that is typed as text: a number, a list, anything with a reading. */
export function ReadField(props: {
  form: IFormProps;
  path: readonly string[];
  label: string;
  note?: string;
  placeholder?: string;
  toText: (value: JsonValue | undefined) => string;
  /** The value that a text means; null where it means none. */
  read: (text: string) => { value: JsonValue | undefined } | null;
  problem: string;
}): React.JSX.Element {
  const { form, path, toText, read } = props;
  const kept = toText(valueAt(form.document, path));
  const [text, isWrong, type] = useDraft(kept, typed => {
    const found = read(typed);
    if (found) {
      form.onChange(path, found.value);
    }
    return found !== null;
  });
  return (
    <MonitorField {...props} problem={isWrong ? props.problem : undefined}>
      {ties => (
        <input
          {...ties}
          className="mlops-Input"
          type="text"
          autoComplete="off"
          placeholder={props.placeholder}
          readOnly={form.readOnly}
          value={text}
          onChange={({ target }) => type(target.value)}
        />
      )}
    </MonitorField>
  );
}

/** A whole number, or nothing. */
export function readCount(
  text: string
): { value: JsonValue | undefined } | null {
  if (text.trim() === '') {
    return { value: undefined };
  }
  return /^\d{1,9}$/.test(text.trim()) ? { value: Number(text) } : null;
}

export function Choice(props: {
  form: IFormProps;
  path: readonly string[];
  label: string;
  note?: string;
  options: readonly (readonly [value: string, label: string])[];
}): React.JSX.Element {
  const { form, path, options } = props;
  const value = valueAt(form.document, path);
  const known = typeof value === 'string' ? value : '';
  return (
    <MonitorField {...props}>
      {ties => (
        <select
          {...ties}
          className="mlops-Select"
          disabled={form.readOnly}
          value={known}
          onChange={({ target }) =>
            form.onChange(path, target.value === '' ? undefined : target.value)
          }
        >
          {options.some(([name]) => name === known) ? null : (
            <option value={known}>{known}</option>
          )}
          {options.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      )}
    </MonitorField>
  );
}
