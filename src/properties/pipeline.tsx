/** The form of the pipeline: what it is, its parameters, what its nodes inherit. */
import React from 'react';

import { own } from '../model/document';
import { LAW, resolve } from '../model/law';
import { Declared } from './declared';
import { useDraft } from './draft';
import { Field } from './field';
import { useForm } from './form';
import { Group } from './group';
import { GROUPS, groupOf, useGroupWords } from './groups';
import { TextArea } from './inputs';
import { IssueNotes, issuesAt } from './issues';
import { ScheduleGroup } from './schedule';
import { SchemaField } from './schemafield';
import { defaultsTarget } from './target';

const SHOWN = ['/description', '/parameters', '/defaults', '/schedule'];

export function PipelineForm(): React.JSX.Element {
  const { document, trans, issues } = useForm();
  const rest = issues.filter(
    issue => issue.node === null && issuesAt([issue], SHOWN).length === 0
  );
  return (
    <>
      <header className="mlops-Properties-header">
        <h2>{trans.__('Pipeline')}</h2>
        <p>
          {trans._n(
            '%1 node',
            '%1 nodes',
            Object.keys(document.nodes).length,
            Object.keys(document.nodes).length
          )}
        </p>
      </header>
      <IssueNotes issues={rest} />
      <div className="mlops-Properties-top">
        <Description />
      </div>
      <Group
        name="declared"
        title={trans.__('Parameters')}
        hint={trans.__('Values that one gives when it starts.')}
        isOpenAtFirst
        count={Object.keys(document.parameters ?? {}).length}
      >
        <Declared />
      </Group>
      <Defaults />
      <ScheduleGroup />
    </>
  );
}

function Description(): React.JSX.Element {
  const { document, trans, readOnly, onAction } = useForm();
  const draft = useDraft<string>({
    text: document.description ?? '',
    read: text => ({ value: text || undefined }),
    commit: value => onAction({ type: 'set-description', value }),
    isLong: true
  });
  return (
    <Field label={trans.__('Description')} pointers={['/description']}>
      {ties => (
        <TextArea
          ties={ties}
          draft={draft}
          disabled={readOnly}
          maxLength={10000}
          placeholder={trans.__('What this pipeline does')}
        />
      )}
    </Field>
  );
}

/** What nodes inherit, in the same groups as on a node. */
function Defaults(): React.JSX.Element {
  const { document, trans, issues, onAction } = useForm();
  const words = useGroupWords();
  const target = defaultsTarget(document, onAction);
  const fields =
    resolve(own(LAW.properties, 'defaults') ?? {}).properties ?? {};
  const names = Object.keys(fields);
  const field = (name: string) => (
    <SchemaField key={name} name={name} schema={fields[name]} target={target} />
  );
  const here = issuesAt(issues, ['/defaults']);
  return (
    <Group
      name="defaults"
      title={trans.__('Defaults')}
      hint={trans.__('What all nodes inherit that say nothing else.')}
      count={Object.keys(document.defaults ?? {}).length}
      severity={here.length > 0 ? here[0].severity : null}
    >
      {names.filter(name => groupOf(name, fields[name]) === null).map(field)}
      {GROUPS.map(group => {
        const inside = names.filter(
          name => groupOf(name, fields[name]) === group
        );
        return inside.length === 0 ? null : (
          <div key={group} className="mlops-Properties-part">
            <h4>{words[group].title}</h4>
            {inside.map(field)}
          </div>
        );
      })}
    </Group>
  );
}
