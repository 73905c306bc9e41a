/**
 * The parameters of a node: those that its notebook declares, each with a
 * typed input, and others that it is given all the same.
 */
import { addIcon, closeIcon, linkIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useRef, useState } from 'react';

import type { NotebookParameter } from '../api/client';
import type { JsonValue, PipelineNode } from '../model/document';
import { own, pointerOf } from '../model/document';
import { isLike } from '../model/law';
import { quote, referenceOf, unquote } from '../model/references';
import { safeLine } from '../ui/safetext';
import { formatTyped, readTyped, typeLabel, typeOf, typing } from '../ui/typed';
import { useInspection } from './facts';
import { Field } from './field';
import { useForm } from './form';
import { IconButton } from './inputs';
import { IssueNotes, issuesBeside } from './issues';
import { Chip, LinkChoice, MissingEdge } from './link';
import { withEntry } from './target';
import type { Target } from './target';
import { ValueInput } from './value';

export function ParametersField(props: {
  id: string;
  node: PipelineNode;
  target: Target;
}): React.JSX.Element {
  const { id, node, target } = props;
  const { trans, readOnly, issues } = useForm();
  const [isAdding, setAdding] = useState(false);
  const file = useInspection(node.path);
  const declared = file?.notebook?.parameters ?? [];
  const values = node.parameters ?? {};
  const place = pointerOf(['nodes', id, 'parameters']);
  const set = (name: string, value: JsonValue | undefined) =>
    target.write('parameters', withEntry(values, name, value));
  const known = new Set(declared.map(({ name }) => name));
  const extra = Object.keys(values).filter(name => !known.has(name));
  const isBare = declared.length === 0 && extra.length === 0;
  return (
    <div data-mlops-field={place}>
      <IssueNotes
        issues={issuesBeside(
          issues,
          [place],
          [...known, ...extra].map(name => place + pointerOf([name]))
        )}
      />
      {declared.map(parameter => (
        <Row
          key={parameter.name}
          id={id}
          name={parameter.name}
          declared={parameter}
          value={own(values, parameter.name)}
          onValue={value => set(parameter.name, value)}
        />
      ))}
      {extra.map(name => (
        <Row
          key={name}
          id={id}
          name={name}
          declared={null}
          value={own(values, name)}
          onValue={value => set(name, value)}
        />
      ))}
      {isBare && !isAdding && (
        <p className="mlops-Field-note">{nothingSentence()}</p>
      )}
      {!readOnly &&
        (isAdding ? (
          <NewParameter
            isTaken={name => known.has(name) || Object.hasOwn(values, name)}
            onAdd={(name, value) => {
              set(name, quote(value));
              setAdding(false);
            }}
            onCancel={() => setAdding(false)}
          />
        ) : (
          <button
            type="button"
            className="mlops-Field-add"
            onClick={() => setAdding(true)}
          >
            <addIcon.react tag="span" elementSize="small" />
            {trans.__('Add a parameter')}
          </button>
        ))}
    </div>
  );

  function nothingSentence(): string {
    if (file?.notebook && !file.notebook.has_parameters_cell) {
      return trans.__(
        'Tag a cell of the notebook “parameters”: what it assigns can be set here.'
      );
    }
    return node.type === 'script'
      ? trans.__(
          'A script finds its parameters as $MLOPS_PARAM_<NAME>, and all of them in the file $MLOPS_PARAMETERS.'
        )
      : trans.__('None are set.');
  }
}

function Row(props: {
  id: string;
  name: string;
  declared: NotebookParameter | null;
  value: JsonValue | undefined;
  onValue(value: JsonValue | undefined): void;
}): React.JSX.Element {
  const { id, name, declared, value, onValue } = props;
  const { trans, readOnly } = useForm();
  const [isLinking, setLinking] = useState(false);
  const [error, setError] = useState('');
  const pointer = pointerOf(['nodes', id, 'parameters', name]);
  const reference = value === undefined ? null : referenceOf(value);
  const literal = value === undefined || reference ? undefined : unquote(value);
  const type = declared ? typing(declared.type) : null;
  const shownType = typeLabel(type ?? typeOf(literal), trans);
  const isEmptyText = declared === null || type === 'string';
  return (
    <Field
      label={
        <>
          <code>{safeLine(name)}</code>
          {shownType && <span className="mlops-Field-type">{shownType}</span>}
        </>
      }
      description={declared?.help ? safeLine(declared.help) : undefined}
      pointers={[pointer]}
      error={error}
      reset={
        declared && value !== undefined && !reference
          ? { label: trans.__('Reset'), onReset: () => onValue(undefined) }
          : null
      }
      actions={
        !readOnly && (
          <>
            {!reference && (
              <IconButton
                label={trans.__('Take the value of %1 from elsewhere', name)}
                isPressed={isLinking}
                onClick={() => setLinking(!isLinking)}
              >
                <linkIcon.react tag="span" elementSize="small" />
              </IconButton>
            )}
            {!declared && (
              <IconButton
                label={trans.__('Remove %1', name)}
                onClick={() => onValue(undefined)}
              >
                <closeIcon.react tag="span" elementSize="small" />
              </IconButton>
            )}
          </>
        )
      }
    >
      {ties =>
        reference ? (
          <div id={ties.id}>
            <Chip
              parameter={name}
              reference={reference}
              onUnlink={() => onValue(declared ? undefined : '')}
            />
            <MissingEdge node={id} reference={reference} pointer={pointer} />
          </div>
        ) : isLinking ? (
          <LinkChoice
            node={id}
            label={trans.__('Where %1 comes from', name)}
            onLink={link => {
              setLinking(false);
              onValue(link);
            }}
            onCancel={() => setLinking(false)}
          />
        ) : (
          <ValueInput
            key={type ?? 'any'}
            ties={ties}
            type={type}
            value={literal}
            placeholder={placeholder()}
            isEmptyText={isEmptyText}
            onError={setError}
            onValue={next =>
              onValue(next === undefined ? undefined : quote(next))
            }
          />
        )
      }
    </Field>
  );

  function placeholder(): string {
    if (!declared) {
      return '';
    }
    if (!declared.has_default) {
      return trans.__('needs a value');
    }
    return type === 'boolean' && typeof declared.default === 'boolean'
      ? declared.default
        ? trans.__('yes, from the notebook')
        : trans.__('no, from the notebook')
      : safeLine(formatTyped(type, declared.default), 200);
  }
}

/** A name and a value; it is the node's as soon as it has a name. */
function NewParameter(props: {
  isTaken(name: string): boolean;
  onAdd(name: string, value: JsonValue): void;
  onCancel(): void;
}): React.JSX.Element {
  const { trans } = useForm();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  // Taking the fields away blurs them: that is no second answer.
  const isDone = useRef(false);
  const add = () => {
    const wanted = name.trim();
    if (isDone.current) {
      return;
    }
    if (wanted === '') {
      props.onCancel();
    } else if (!isLike('name', wanted)) {
      setError(
        trans.__('A name has letters, digits and _, and no digit first.')
      );
    } else if (props.isTaken(wanted)) {
      setError(trans.__('%1 is there already.', wanted));
    } else {
      const { value = '' } = readTyped(null, text, trans) as {
        value?: JsonValue;
      };
      isDone.current = true;
      props.onAdd(wanted, value);
    }
  };
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const input = (
    value: string,
    label: string,
    onChange: (text: string) => void,
    ref?: React.RefObject<HTMLInputElement>
  ) => (
    <input
      ref={ref}
      type="text"
      className="jp-mod-styled mlops-Input mlops-mod-code"
      aria-label={label}
      placeholder={label}
      value={value}
      autoComplete="off"
      spellCheck={false}
      onChange={event => {
        setError('');
        onChange(event.target.value);
      }}
    />
  );
  return (
    <div
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          add();
        }
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          add();
        } else if (event.key === 'Escape') {
          isDone.current = true;
          props.onCancel();
        }
      }}
    >
      <div className="mlops-Field-row">
        {input(name, trans.__('name'), setName, first)}
        {input(text, trans.__('value'), setText)}
      </div>
      {error && <p className="mlops-Field-issue mlops-mod-error">{error}</p>}
    </div>
  );
}
