/** An edge: its target runs after its source; always, or on a condition. */
import React, { useId, useState } from 'react';

import type { Condition } from '../model/document';
import { edgesByKey } from '../model/patch';
import { useDraft } from './draft';
import { Field } from './field';
import { useForm } from './form';
import { Select, TextInput } from './inputs';
import { IssueNotes } from './issues';
import { isLike } from '../model/law';
import type { Read } from '../ui/typed';
import { formatTyped, readTyped } from '../ui/typed';
import { nodeName, useResults } from './results';

export function EdgeForm({
  edge: key
}: {
  edge: string;
}): React.JSX.Element | null {
  const { document, trans, readOnly, issues, onAction } = useForm();
  const edge = edgesByKey(document.edges).get(key);
  const [isConditional, setConditional] = useState(!!edge?.when);
  if (!edge) {
    return null;
  }
  const { from, to, when } = edge;
  const isOpen = isConditional || when !== undefined;
  const index = (document.edges ?? []).indexOf(edge);
  const place = `/edges/${index}`;
  return (
    <>
      <header className="mlops-Properties-header">
        <h2>{trans.__('Edge')}</h2>
        <p>
          {trans.__(
            '%1 runs after %2',
            nodeName(document, to),
            nodeName(document, from)
          )}
        </p>
      </header>
      <div className="mlops-Properties-top" data-mlops-field={place}>
        <Field label={trans.__('When')} pointers={[]}>
          {ties => (
            <Select
              ties={ties}
              disabled={readOnly}
              value={isOpen ? 'if' : 'always'}
              choices={[
                { value: 'always', label: trans.__('Always') },
                { value: 'if', label: trans.__('Only if a result says so') }
              ]}
              onChange={choice => {
                setConditional(choice === 'if');
                if (choice === 'always' && when) {
                  onAction({
                    type: 'set-condition',
                    edge: key,
                    when: undefined
                  });
                }
              }}
            />
          )}
        </Field>
        {isOpen && (
          <ConditionFields
            from={from}
            when={when}
            onWhen={next =>
              onAction({ type: 'set-condition', edge: key, when: next })
            }
          />
        )}
        <IssueNotes issues={issues} />
      </div>
    </>
  );
}

const OPS: readonly [Condition['op'], string][] = [
  ['>=', '≥'],
  ['>', '>'],
  ['<=', '≤'],
  ['<', '<'],
  ['==', '='],
  ['!=', '≠']
];

/** The condition is the edge's as soon as it is whole. */
function ConditionFields(props: {
  from: string;
  when: Condition | undefined;
  onWhen(when: Condition): void;
}): React.JSX.Element {
  const { from, when, onWhen } = props;
  const { document, trans, readOnly } = useForm();
  const id = useId();
  const results = useResults([from])(from);
  const [part, setPart] = useState<Partial<Condition>>({ op: '>=' });
  const now: Partial<Condition> = when ?? part;
  const set = (change: Partial<Condition>) => {
    const { result, op, value } = { ...now, ...change };
    setPart({ ...now, ...change });
    if (result !== undefined && op !== undefined && value !== undefined) {
      onWhen({ result, op, value });
    }
  };
  const result = useDraft<string>({
    text: now.result ?? '',
    read: text => {
      const name = text.trim();
      return name === '' || isLike('name', name)
        ? { value: name || undefined }
        : {
            error: trans.__(
              'A name has letters, digits and _, and no digit first.'
            )
          };
    },
    commit: next => {
      if (next !== undefined) {
        set({ result: next });
      }
    }
  });
  const value = useDraft({
    text: formatTyped(null, now.value),
    read: text => readScalar(text, trans.__('Write a number or a text.')),
    commit: next => {
      if (next !== undefined) {
        set({ value: next as Condition['value'] });
      }
    }
  });
  return (
    <>
      <Field
        label={trans.__('Result of %1', nodeName(document, from))}
        pointers={[]}
        error={result.error}
      >
        {ties => (
          <>
            <TextInput
              ties={ties}
              draft={result}
              disabled={readOnly}
              placeholder={trans.__('Name of a result')}
              list={id}
              isCode
            />
            <datalist id={id}>
              {results.map(name => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <div className="mlops-Field-row mlops-Condition">
        <Select
          ties={{ 'aria-label': trans.__('Comparison') }}
          disabled={readOnly}
          value={now.op ?? '>='}
          choices={OPS.map(([op, label]) => ({ value: op, label }))}
          onChange={op => set({ op: op as Condition['op'] })}
        />
        <TextInput
          ties={{ 'aria-label': trans.__('Value') }}
          draft={value}
          disabled={readOnly}
          placeholder={trans.__('0.8')}
          isCode
        />
      </div>
      {value.error && (
        <p className="mlops-Field-issue mlops-mod-error">{value.error}</p>
      )}
    </>
  );

  function readScalar(text: string, error: string): Read {
    const read = readTyped(null, text, trans);
    const isScalar =
      read.error !== undefined ||
      typeof read.value !== 'object' ||
      read.value === null;
    return isScalar ? read : { error };
  }
}
