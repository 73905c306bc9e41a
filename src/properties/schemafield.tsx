/** The field that a part of the schema asks for. */
import React from 'react';

import { resolve } from '../model/law';
import { useDraft } from './draft';
import { EnvField } from './env';
import { Field } from './field';
import { useFieldValue } from './fieldvalue';
import type { ISchemaFieldProps } from './fieldvalue';
import { useForm } from './form';
import { Select, TextArea, TextInput } from './inputs';
import { KernelField } from './kernel';
import { choiceLabel, exampleOf, format, kindOf, read } from './kinds';
import { PathsField } from './paths';
import { partOf } from './target';

/** No value of the schema's is written so. */
const SEVERAL_CHOICE = '\u0000';

export function SchemaField(
  props: ISchemaFieldProps
): React.JSX.Element | null {
  switch (kindOf(props.schema)) {
    case 'group':
      return <Parts {...props} />;
    case 'boolean':
      return <Tick {...props} />;
    case 'choice':
      return <Choices {...props} />;
    case 'kernel':
      return <KernelField {...props} />;
    case 'env':
      return <EnvField {...props} />;
    case 'paths':
      return <PathsField {...props} />;
    case 'values':
      // A node's parameters need to know its file, see parameters.tsx.
      return null;
    default:
      return <Typed {...props} />;
  }
}

function Typed(props: ISchemaFieldProps): React.JSX.Element {
  const { name, schema, target } = props;
  const { trans, readOnly } = useForm();
  const { value, isSeveral, inherited, frame } = useFieldValue(props);
  const kind = kindOf(schema);
  const draft = useDraft({
    text: format(value),
    read: text => read(text, schema, trans),
    commit: next => target.write(name, next),
    // Each letter of a path would be another file to look for.
    when: schema.$ref === '#/$defs/path' ? 'leave' : 'pause',
    isLong: kind === 'long' || kind === 'json'
  });
  const input = {
    draft,
    disabled: readOnly,
    placeholder: isSeveral
      ? trans.__('several values')
      : format(inherited) || target.usual(name) || exampleOf(schema, trans),
    maxLength: resolve(schema).maxLength
  };
  return (
    <Field
      {...frame}
      reset={kind === 'number' || inherited !== undefined ? frame.reset : null}
      error={draft.error}
    >
      {ties =>
        kind === 'long' || kind === 'json' ? (
          <TextArea {...input} ties={ties} isCode={kind === 'json'} />
        ) : (
          <TextInput {...input} ties={ties} isNumber={kind === 'number'} />
        )
      }
    </Field>
  );
}

function Choices(props: ISchemaFieldProps): React.JSX.Element {
  const { name, schema, target } = props;
  const { trans, readOnly } = useForm();
  const { value, isSeveral, inherited, frame } = useFieldValue(props);
  const all = resolve(schema).enum ?? [];
  const usual = inherited ?? all[0];
  const label = choiceLabel(usual, trans);
  // The usual choice need not be said; it can be, against what is inherited.
  const explicit = all.filter(
    choice => choice !== usual || choice === value || inherited !== undefined
  );
  return (
    <Field {...frame} reset={null}>
      {ties => (
        <Select
          ties={ties}
          disabled={readOnly}
          value={isSeveral ? SEVERAL_CHOICE : format(value)}
          onChange={text =>
            target.write(
              name,
              all.find(choice => format(choice) === text)
            )
          }
          choices={[
            ...(isSeveral
              ? [{ value: SEVERAL_CHOICE, label: trans.__('several values') }]
              : []),
            {
              value: '',
              label:
                inherited === undefined
                  ? label
                  : trans.__('%1, inherited', label)
            },
            ...explicit.map(choice => ({
              value: format(choice),
              label: choiceLabel(choice, trans)
            }))
          ]}
        />
      )}
    </Field>
  );
}

/** Yes, or nothing: what says nothing new is not written. */
function Tick(props: ISchemaFieldProps): React.JSX.Element {
  const { name, target } = props;
  const { readOnly } = useForm();
  const { value, isSeveral, frame } = useFieldValue(props);
  return (
    <Field {...frame} reset={null} isInline>
      {ties => (
        <input
          {...ties}
          type="checkbox"
          className="jp-mod-styled mlops-Tick"
          disabled={readOnly}
          checked={value === true}
          ref={input => {
            if (input) {
              input.indeterminate = isSeveral;
            }
          }}
          onChange={event =>
            target.write(name, event.target.checked || undefined)
          }
        />
      )}
    </Field>
  );
}

function Parts({ name, schema, target }: ISchemaFieldProps): React.JSX.Element {
  const part = partOf(target, name);
  return (
    <div className="mlops-Field-parts">
      {Object.entries(resolve(schema).properties ?? {}).map(([key, each]) => (
        <SchemaField
          key={`${part.key} ${key}`}
          name={key}
          schema={each}
          target={part}
        />
      ))}
    </div>
  );
}
