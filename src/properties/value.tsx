/** A value that is written down, by the type that it should have. */
import React from 'react';

import type { JsonValue } from '../model/document';
import { formatTyped, readTyped } from '../ui/typed';
import type { Typing } from '../ui/typed';
import { useDraft } from './draft';
import type { InputTies } from './field';
import { useForm } from './form';
import { Select, TextArea, TextInput } from './inputs';

export interface IValueProps {
  type: Typing;
  value: JsonValue | undefined;
  /** What holds where nothing is written. */
  placeholder: string;
  /** An empty field is an empty text, and not "nothing written". */
  isEmptyText?: boolean;
  ties: Partial<InputTies> & { 'aria-label'?: string };
  autoFocus?: boolean;
  onError(error: string): void;
  onValue(value: JsonValue | undefined): void;
}

export function ValueInput(props: IValueProps): React.JSX.Element {
  return props.type === 'boolean' &&
    (props.value === undefined || typeof props.value === 'boolean') ? (
    <YesNo {...props} />
  ) : (
    <TypedValue {...props} />
  );
}

function YesNo(props: IValueProps): React.JSX.Element {
  const { trans, readOnly } = useForm();
  const { value, placeholder, onValue } = props;
  return (
    <Select
      ties={props.ties}
      disabled={readOnly}
      value={value === undefined ? '' : JSON.stringify(value)}
      onChange={text => onValue(text === '' ? undefined : text === 'true')}
      choices={[
        { value: '', label: placeholder },
        { value: 'true', label: trans.__('yes') },
        { value: 'false', label: trans.__('no') }
      ]}
    />
  );
}

function TypedValue(props: IValueProps): React.JSX.Element {
  const { type, value, isEmptyText, ties } = props;
  const { trans, readOnly } = useForm();
  const isLong = type === 'list' || type === 'object';
  const draft = useDraft({
    text: isEmptyText && value === '' ? '' : formatTyped(type, value),
    read: text => {
      const read =
        isEmptyText && text === ''
          ? { value: '' }
          : readTyped(type, text, trans);
      props.onError(read.error ?? '');
      return read;
    },
    commit: props.onValue,
    isLong
  });
  const input = {
    draft: {
      ...draft,
      onText: (text: string) => {
        props.onError('');
        draft.onText(text);
      }
    },
    ties,
    disabled: readOnly,
    placeholder: value === '' ? trans.__('empty text') : props.placeholder
  };
  return isLong ? (
    <TextArea {...input} rows={1} isCode />
  ) : (
    <TextInput
      {...input}
      isNumber={type === 'integer' || type === 'number'}
      autoFocus={props.autoFocus}
    />
  );
}
