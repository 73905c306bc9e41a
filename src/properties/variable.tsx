/** One environment variable: its name, and a text or a secret. */
import { closeIcon, lockIcon } from '@jupyterlab/ui-components';
import React, { useRef, useState } from 'react';

import type { JsonValue } from '../model/document';
import { isObject, own } from '../model/document';
import { isLike } from '../model/law';
import type { Read } from '../ui/typed';
import { useDraft } from './draft';
import { useSecrets } from './facts';
import { useForm } from './form';
import { IconButton, Select, TextInput } from './inputs';

export function Variable(props: {
  variable: string;
  value: JsonValue;
  isNext: boolean;
  isTaken(name: string): boolean;
  onRename(to: string): void;
  onValue(value: JsonValue | undefined): void;
}): React.JSX.Element {
  const { variable, value, onValue } = props;
  const { trans, readOnly } = useForm();
  const secret = isObject(value) ? own(value, 'secret') : undefined;
  const isSecret = typeof secret === 'string';
  const [isChoosing, setChoosing] = useState(false);
  const readName = useReadName(variable, props.isTaken);
  const name = useDraft<string>({
    text: variable,
    read: readName,
    commit: (to = variable) => props.onRename(to),
    when: 'leave'
  });
  const text = useDraft({
    text: typeof value === 'string' ? value : '',
    read: typed => ({ value: typed }),
    commit: onValue
  });
  const asSecret = isSecret || isChoosing;
  return (
    <>
      <div className="mlops-Field-row">
        <TextInput
          ties={{ 'aria-label': trans.__('Name of the variable') }}
          draft={name}
          disabled={readOnly}
          isCode
        />
        {asSecret ? (
          <SecretChoice
            label={trans.__('Secret of %1', variable)}
            secret={isSecret ? secret : null}
            onSecret={next => {
              setChoosing(false);
              onValue({ secret: next });
            }}
          />
        ) : (
          <TextInput
            ties={{ 'aria-label': trans.__('Value of %1', variable) }}
            draft={text}
            disabled={readOnly}
            isCode
            autoFocus={props.isNext}
          />
        )}
        {!readOnly && (
          <>
            <IconButton
              label={
                asSecret
                  ? trans.__('Write a text instead')
                  : trans.__('Use a secret instead')
              }
              isPressed={asSecret}
              onClick={() => {
                if (isSecret) {
                  onValue('');
                }
                setChoosing(!asSecret);
              }}
            >
              <lockIcon.react tag="span" elementSize="small" />
            </IconButton>
            <IconButton
              label={trans.__('Remove %1', variable)}
              onClick={() => onValue(undefined)}
            >
              <closeIcon.react tag="span" elementSize="small" />
            </IconButton>
          </>
        )}
      </div>
      {name.error && (
        <p className="mlops-Field-issue mlops-mod-error">{name.error}</p>
      )}
    </>
  );
}

const NEW_SECRET = '\u0000new';

function SecretChoice(props: {
  label: string;
  secret: string | null;
  onSecret(name: string): void;
}): React.JSX.Element {
  const { secret, onSecret } = props;
  const { trans, readOnly, onNewSecret } = useForm();
  const [known, refresh] = useSecrets();
  const names = known?.names.map(({ name }) => name) ?? [];
  const isKnown = secret === null || !known || names.includes(secret);
  const make = async () => {
    const name = (await onNewSecret?.()) ?? null;
    if (name !== null) {
      refresh();
      onSecret(name);
    }
  };
  return (
    <Select
      ties={{
        'aria-label': props.label,
        'aria-invalid': !isKnown || undefined
      }}
      disabled={readOnly}
      value={secret ?? ''}
      onChange={name => (name === NEW_SECRET ? void make() : onSecret(name))}
      choices={[
        ...(secret === null
          ? [{ value: '', label: trans.__('Choose a secret …') }]
          : names.includes(secret)
            ? []
            : [
                {
                  value: secret,
                  label: isKnown
                    ? secret
                    : trans.__('%1: not on this machine', secret)
                }
              ]),
        ...names.map(name => ({ value: name, label: name })),
        ...(onNewSecret
          ? [{ value: NEW_SECRET, label: trans.__('New secret …') }]
          : [])
      ]}
    />
  );
}

export function NewVariable(props: {
  isTaken(name: string): boolean;
  onName(name: string, isGoingOn: boolean): void;
  onDone(): void;
}): React.JSX.Element {
  const { trans } = useForm();
  const read = useReadName('', props.isTaken);
  const key = useRef('');
  const draft = useDraft<string>({
    text: '',
    read: text => (text.trim() === '' ? { value: undefined } : read(text)),
    commit: next => {
      if (next !== undefined) {
        props.onName(next, key.current === 'Enter' || key.current === 'Tab');
        props.onDone();
      }
    },
    when: 'leave'
  });
  return (
    <div
      onKeyDownCapture={event => {
        key.current = event.key;
      }}
      onPointerDown={() => {
        key.current = '';
      }}
      onBlur={() => {
        if (draft.text.trim() === '') {
          props.onDone();
        }
      }}
    >
      <div className="mlops-Field-row">
        <TextInput
          ties={{ 'aria-label': trans.__('Name of the variable') }}
          draft={draft}
          placeholder={trans.__('NAME')}
          isCode
          autoFocus
        />
      </div>
      {draft.error && (
        <p className="mlops-Field-issue mlops-mod-error">{draft.error}</p>
      )}
    </div>
  );
}

/** A name as the schema wants it, and that nothing else has. */
function useReadName(
  now: string,
  isTaken: (name: string) => boolean
): (text: string) => Read<string> {
  const { trans } = useForm();
  return text => {
    const name = text.trim();
    if (!isLike('name', name)) {
      return {
        error: trans.__('A name has letters, digits and _, and no digit first.')
      };
    }
    return name !== now && isTaken(name)
      ? { error: trans.__('%1 is there already.', name) }
      : { value: name };
  };
}
