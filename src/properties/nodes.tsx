/**
 * The form of one node, or of what several have in common. Its fields come
 * from the schema; here is only in which group each stands.
 */
import React from 'react';

import type { PipelineNode } from '../model/document';
import { isObject, pointerOf } from '../model/document';
import { isLike, nodeFields, nodeSchema } from '../model/law';
import type { Schema } from '../model/law';
import { safeLine, safeText } from '../ui/safetext';
import { useDraft } from './draft';
import { Field } from './field';
import { useFindCount } from './finds';
import { useForm } from './form';
import { GROUPS, TOP, groupOf, useGroupWords } from './groups';
import type { GroupName } from './groups';
import { Group } from './group';
import { TextInput } from './inputs';
import { IssueNotes, issuesAt } from './issues';
import { kindOf, schemaText } from './kinds';
import { ParametersField } from './parameters';
import { nodeName } from './results';
import { SchemaField } from './schemafield';
import { nodeTarget } from './target';
import type { Target } from './target';

/** Fields that are each node's own: with several there is no common value. */
const ONE_ONLY = new Set([
  'label',
  'path',
  'parameters',
  'files',
  'outputs',
  'fields',
  'component',
  'extra'
]);

type Fields = Readonly<Record<string, Schema>>;

export function NodesForm({
  ids
}: {
  ids: readonly string[];
}): React.JSX.Element {
  const { document, onAction, issues } = useForm();
  const target = nodeTarget(document, ids, onAction);
  const fields = commonFields(ids.map(id => document.nodes[id]));
  if (!fields) {
    return <Unknown ids={ids} />;
  }
  const names = Object.keys(fields);
  const placed = new Set(issuesAt(issues, placesOf(names, target)));
  const inGroup = (group: GroupName | null) =>
    names.filter(name => groupOf(name, fields[name]) === group);
  return (
    <>
      <Heading ids={ids} />
      <IssueNotes issues={issues.filter(issue => !placed.has(issue))} />
      <div className="mlops-Properties-top">
        {[...inGroup(null)].sort(byTop).map(name => (
          <SchemaField
            key={`${target.key} ${name}`}
            name={name}
            schema={fields[name]}
            target={target}
          />
        ))}
      </div>
      {GROUPS.filter(group => inGroup(group).length > 0).map(group => (
        <NodeGroup
          key={group}
          group={group}
          names={inGroup(group)}
          ids={ids}
          fields={fields}
          target={target}
        />
      ))}
    </>
  );
}

function NodeGroup(props: {
  group: GroupName;
  names: readonly string[];
  ids: readonly string[];
  fields: Fields;
  target: Target;
}): React.JSX.Element {
  const { group, names, ids, fields, target } = props;
  const { document, issues, trans } = useForm();
  const { title, hint } = useGroupWords()[group];
  const finds = useFindCount(target);
  return (
    <Group
      name={group}
      title={title}
      hint={hint}
      news={
        group === 'files' && finds > 0
          ? trans._n(
              'The last run used %1 file that is not declared.',
              'The last run used %1 files that are not declared.',
              finds,
              finds
            )
          : undefined
      }
      isOpenAtFirst={group === 'parameters'}
      count={countSet(names, target)}
      severity={worst(issuesAt(issues, placesOf(names, target)))}
      isSingle={group === 'environment' || group === 'reuse'}
    >
      {names.map(name =>
        kindOf(fields[name]) === 'values' ? (
          <ParametersField
            key={`${target.key} ${name}`}
            id={ids[0]}
            node={document.nodes[ids[0]]}
            target={target}
          />
        ) : (
          <SchemaField
            key={`${target.key} ${name}`}
            name={name}
            schema={fields[name]}
            target={target}
          />
        )
      )}
      {group === 'about' && ids.length === 1 && (
        <IdField key={ids[0]} id={ids[0]} />
      )}
    </Group>
  );
}

/** The JSON pointers of fields. */
function placesOf(names: readonly string[], target: Target): string[] {
  return names.flatMap(name =>
    target.pointers.map(pointer => pointer + pointerOf([name]))
  );
}

function Heading({ ids }: { ids: readonly string[] }): React.JSX.Element {
  const { document, trans } = useForm();
  const types = new Set(ids.map(id => document.nodes[id].type));
  const [type] = types;
  const schema = types.size === 1 ? nodeSchema(type) : null;
  return (
    <header className="mlops-Properties-header">
      <h2>
        {ids.length === 1
          ? nodeName(document, ids[0])
          : trans._n('%1 node', '%1 nodes', ids.length, ids.length)}
      </h2>
      {schema?.title && <p>{schemaText(schema.title, trans)}</p>}
    </header>
  );
}

/** The fields that all of some nodes have; null for unknown types. */
function commonFields(nodes: readonly PipelineNode[]): Fields | null {
  const [first, ...others] = nodes.map(({ type }) => nodeFields(type));
  if (!first || others.some(fields => !fields)) {
    return null;
  }
  const isCommon = ([name]: [string, Schema]) =>
    name !== 'type' &&
    (nodes.length === 1 || !ONE_ONLY.has(name)) &&
    others.every(fields => fields && Object.hasOwn(fields, name));
  // What an imported file had and we have no word for is kept, not edited.
  const fields = Object.entries(first)
    .filter(isCommon)
    .filter(([name]) => name !== 'extra' && name !== 'component');
  return Object.fromEntries(fields);
}

/** A field that is new to this panel comes after those that it knows. */
function byTop(a: string, b: string): number {
  const rank = (name: string) => (TOP.includes(name) ? TOP.indexOf(name) : 99);
  return rank(a) - rank(b);
}

function countSet(names: readonly string[], target: Target): number {
  return names
    .map(name => {
      const held = target.read(name);
      if (held === undefined) {
        return 0;
      }
      if (Array.isArray(held)) {
        return held.length;
      }
      return isObject(held) ? Object.keys(held).length : 1;
    })
    .reduce((sum, count) => sum + count, 0);
}

function worst(
  issues: readonly { severity: 'error' | 'warning' }[]
): 'error' | 'warning' | null {
  if (issues.length === 0) {
    return null;
  }
  return issues.some(({ severity }) => severity === 'error')
    ? 'error'
    : 'warning';
}

/** The id in the file: what edges and links name the node by. */
function IdField({ id }: { id: string }): React.JSX.Element {
  const { document, trans, readOnly, onAction } = useForm();
  const draft = useDraft<string>({
    text: id,
    read: text => {
      const to = text.trim();
      if (!isLike('id', to)) {
        return {
          error: trans.__(
            'An id has small letters, digits, - and _, and begins with a letter.'
          )
        };
      }
      const isTaken =
        to !== id &&
        (Object.hasOwn(document.nodes, to) ||
          Object.hasOwn(document.comments ?? {}, to));
      return isTaken
        ? { error: trans.__('%1 is there already.', to) }
        : { value: to };
    },
    commit: (to = id) => onAction({ type: 'change-id', id, to }),
    when: 'leave'
  });
  return (
    <Field
      label={trans.__('Id in the file')}
      description={trans.__(
        'What edges and links name this node by; they follow when it changes.'
      )}
      pointers={[]}
      error={draft.error}
    >
      {ties => (
        <TextInput ties={ties} draft={draft} disabled={readOnly} isCode />
      )}
    </Field>
  );
}

/** Nodes of a type that this version does not know: shown as they are. */
function Unknown({ ids }: { ids: readonly string[] }): React.JSX.Element {
  const { document, trans, issues } = useForm();
  return (
    <>
      <Heading ids={ids} />
      <IssueNotes issues={issues} />
      <p className="mlops-Field-note">
        {trans.__(
          'This version does not know the type “%1”. The node is kept as it is.',
          safeLine(document.nodes[ids[0]].type, 60)
        )}
      </p>
      {ids.length === 1 && (
        <pre className="mlops-Properties-json">
          {safeText(JSON.stringify(document.nodes[ids[0]], null, 2))}
        </pre>
      )}
    </>
  );
}
