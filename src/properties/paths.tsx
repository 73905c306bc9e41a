/** A list of files: what a node reads, or what it makes. */
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import React, { useState } from 'react';

import { lineageIcon } from '../ui/icons';
import { useDraft } from './draft';
import { Field } from './field';
import { useFieldValue } from './fieldvalue';
import type { ISchemaFieldProps } from './fieldvalue';
import { Finds } from './finds';
import { useForm } from './form';
import { IconButton, TextInput } from './inputs';
import { IssueNotes, issuesAt } from './issues';

export function PathsField(props: ISchemaFieldProps): React.JSX.Element {
  const { name, target } = props;
  const { trans, readOnly, issues } = useForm();
  const { value, isSeveral, frame } = useFieldValue(props);
  const [isAdding, setAdding] = useState(false);
  const paths = Array.isArray(value) ? value.map(String) : [];
  const write = (next: readonly string[]) =>
    target.write(name, next.length > 0 ? [...next] : undefined);
  const set = (index: number, path: string | undefined) =>
    write(paths.flatMap((old, at) => (at === index ? (path ?? []) : old)));
  const isOpen = isAdding && !readOnly;
  const placesOf = (index: number) =>
    frame.pointers.map(place => `${place}/${index}`);
  return (
    <Field
      {...frame}
      inner={paths.flatMap((_, index) => placesOf(index))}
      reset={null}
    >
      {ties => (
        <div id={ties.id} role="group" aria-label={frame.label}>
          {isSeveral && (
            <p className="mlops-Field-note">{trans.__('several values')}</p>
          )}
          {paths.map((path, index) => {
            const places = placesOf(index);
            return (
              <div key={index} data-mlops-field={places.join('\n')}>
                <Path
                  path={path}
                  label={trans.__('%1, line %2', frame.label, index + 1)}
                  onPath={next => set(index, next)}
                />
                <IssueNotes issues={issuesAt(issues, places)} />
              </div>
            );
          })}
          {isOpen && (
            <NewPath
              label={trans.__('New line of %1', frame.label)}
              onPath={path => write([...paths, path])}
              onDone={() => setAdding(false)}
            />
          )}
          {!readOnly && !isOpen && !isSeveral && (
            <button
              type="button"
              className="mlops-Field-add"
              onClick={() => setAdding(true)}
            >
              <addIcon.react tag="span" elementSize="small" />
              {name === 'outputs'
                ? trans.__('Add an output')
                : trans.__('Add a file')}
            </button>
          )}
          {!isSeveral && (
            <Finds
              field={name}
              target={target}
              declared={paths}
              onDeclare={more => write([...paths, ...more])}
            />
          )}
          {isOpen && (
            <p className="mlops-Field-note">
              {trans.__(
                'From the pipeline’s folder. A folder means all that is in it; data/*.csv and data/**/*.csv match names.'
              )}
            </p>
          )}
        </div>
      )}
    </Field>
  );
}

function Path(props: {
  path: string;
  label: string;
  onPath(path: string | undefined): void;
}): React.JSX.Element {
  const { trans, readOnly, onShowLineage } = useForm();
  const isOne = !/[*?[]/.test(props.path);
  const draft = useDraft<string>({
    text: props.path,
    read: text => ({ value: text.trim() || undefined }),
    commit: props.onPath,
    when: 'leave'
  });
  return (
    <div className="mlops-Field-row">
      <TextInput
        ties={{ 'aria-label': props.label }}
        draft={draft}
        disabled={readOnly}
      />
      {onShowLineage && isOne && (
        <IconButton
          label={trans.__('Show where %1 comes from', props.path)}
          onClick={() => onShowLineage(props.path)}
        >
          <lineageIcon.react tag="span" elementSize="small" />
        </IconButton>
      )}
      {!readOnly && (
        <IconButton
          label={trans.__('Remove %1', props.path)}
          onClick={() => props.onPath(undefined)}
        >
          <closeIcon.react tag="span" elementSize="small" />
        </IconButton>
      )}
    </div>
  );
}

/** A line that is no file yet; Enter adds it and begins the next. */
function NewPath(props: {
  label: string;
  onPath(path: string): void;
  onDone(): void;
}): React.JSX.Element {
  const { trans } = useForm();
  const draft = useDraft<string>({
    text: '',
    read: text => ({ value: text.trim() || undefined }),
    commit: path => {
      if (path) {
        props.onPath(path);
      }
    },
    when: 'leave'
  });
  return (
    <div
      className="mlops-Field-row"
      onKeyDown={event => {
        if (event.key === 'Escape') {
          props.onDone();
        }
      }}
    >
      <TextInput
        ties={{ 'aria-label': props.label }}
        draft={{
          ...draft,
          onBlur: () => {
            draft.onBlur();
            props.onDone();
          }
        }}
        placeholder={trans.__('data/input.csv')}
        autoFocus
      />
    </div>
  );
}
