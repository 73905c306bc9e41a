/** A monitor as a form, with what it would say of the newest batch beside it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId } from 'react';

import type { JsonObject } from '../model/document';
import { safeText } from '../ui/safetext';
import { scheduleWords } from '../ui/schedule';
import { useSignal } from '../ui/signals';
import { ChecksForm } from './checksform';
import { ColumnsForm } from './columnsform';
import type { DraftView, MonitorDraft } from './draft';
import { valueAt } from './editing';
import {
  Choice,
  ColumnNames,
  readCount,
  ReadField,
  TextField
} from './formfields';
import type { IFormProps } from './formfields';
import { Metrics } from './metrics';
import { StandingLabel } from './standing';
import { batchName } from './words';

/** What stands in a field that is empty: the form of a value, in no language. */
const EXAMPLES = {
  model: 'model.joblib',
  baseline: 'reference.csv',
  batches: 'scored/*.csv',
  labels: 'labels/*.csv',
  delay: '7d',
  cron: '0 6 * * *',
  secret: 'ops-hook',
  refresh: 'refresh.pipeline'
};

export interface IMonitorFormProps {
  draft: MonitorDraft;
  onText: () => void;
  trans: TranslationBundle;
}

export function MonitorForm(props: IMonitorFormProps): React.JSX.Element {
  const { draft, onText, trans } = props;
  const view = useSignal(draft.changed, () => draft.view);
  const { reading } = view;
  if (reading.error !== undefined) {
    return (
      <div className="mlops-MonitorView-note">
        {reading.error === '' ? (
          <p className="mlops-Empty mlops-mod-late">{trans.__('Reading…')}</p>
        ) : (
          <div className="mlops-ErrorNote">
            <p className="mlops-ErrorNote-message">
              {trans.__(
                'The file cannot be shown as a form: %1',
                safeText(reading.error)
              )}
            </p>
            <div className="mlops-Actions">
              <button type="button" className="mlops-Button" onClick={onText}>
                {trans.__('Open as text')}
              </button>
            </div>
          </div>
        )}
      </div>
    );
  }
  const form: IFormProps = {
    document: reading.document,
    issues: view.issues,
    columns: view.columns,
    readOnly: draft.readOnly,
    onChange: (path, value) => draft.change(path, value),
    trans
  };
  return (
    <div className="mlops-MonitorForm">
      <div className="mlops-MonitorForm-fields">
        <ColumnNames columns={view.columns} />
        <OtherIssues form={form} />
        <Groups form={form} checks={view.checks} />
      </div>
      <Preview view={view} trans={trans} />
    </div>
  );
}

function Groups(props: {
  form: IFormProps;
  checks: JsonObject | null;
}): React.JSX.Element {
  const { form, checks } = props;
  const { trans } = form;
  return (
    <>
      <Group title={trans.__('Model')}>
        <ModelFields form={form} />
      </Group>
      <Group
        title={trans.__('Data')}
        hint={trans.__('What is normal, and where new data comes from.')}
      >
        <DataFields form={form} />
      </Group>
      <Group title={trans.__('Columns')}>
        <ColumnsForm form={form} />
      </Group>
      <Group
        title={trans.__('Checks')}
        hint={trans.__(
          'What is looked at in each batch, and when it asks you.'
        )}
      >
        <ChecksForm form={form} defaults={checks} />
      </Group>
      <Group
        title={trans.__('When and what then')}
        hint={trans.__(
          'When it is evaluated, who is told, what renews the model.'
        )}
      >
        <ThenFields form={form} />
      </Group>
    </>
  );
}

function ModelFields({ form }: { form: IFormProps }): React.JSX.Element {
  const { trans } = form;
  return (
    <div className="mlops-MonitorForm-grid">
      <TextField
        form={form}
        path={['model', 'name']}
        label={trans.__('Name')}
        note={trans.__('What people call it.')}
      />
      <TextField
        form={form}
        path={['model', 'path']}
        label={trans.__('File')}
        note={trans.__('Its content tells its version. It is never loaded.')}
        placeholder={EXAMPLES.model}
      />
      <Choice
        form={form}
        path={['problem']}
        label={trans.__('It predicts')}
        options={[
          ['binary', trans.__('one of two classes')],
          ['multiclass', trans.__('one of several classes')],
          ['regression', trans.__('a number')]
        ]}
      />
      <TextField
        form={form}
        path={['description']}
        label={trans.__('Description')}
        note={trans.__('What the monitor is for.')}
      />
    </div>
  );
}

function DataFields({ form }: { form: IFormProps }): React.JSX.Element {
  const { trans } = form;
  return (
    <div className="mlops-MonitorForm-grid">
      <TextField
        form={form}
        path={['baseline', 'path']}
        label={trans.__('Baseline')}
        note={trans.__('Rows that count as normal, with labels.')}
        placeholder={EXAMPLES.baseline}
      />
      <TextField
        form={form}
        path={['batches', 'path']}
        label={trans.__('Batches')}
        note={trans.__('A pattern: each file is a batch.')}
        placeholder={EXAMPLES.batches}
      />
      <TextField
        form={form}
        path={['batches', 'by']}
        label={trans.__('Split by')}
        note={trans.__('A column that splits one table into batches.')}
        isColumn={true}
        isNullable={true}
      />
      <ReadField
        form={form}
        path={['batches', 'labels']}
        label={trans.__('Labels')}
        note={trans.__('Files of labels that come later, joined by id.')}
        placeholder={EXAMPLES.labels}
        toText={value => {
          const path = valueAt(value, ['path']);
          return typeof path === 'string' ? path : '';
        }}
        read={text => ({ value: text.trim() === '' ? null : { path: text } })}
        problem=""
      />
      <TextField
        form={form}
        path={['batches', 'label_delay']}
        label={trans.__('Label delay')}
        note={trans.__('How long labels take, such as 7d.')}
        placeholder={EXAMPLES.delay}
      />
      <ReadField
        form={form}
        path={['batches', 'min_rows']}
        label={trans.__('Fewest rows')}
        note={trans.__('A batch with fewer is not judged.')}
        toText={value => (typeof value === 'number' ? String(value) : '')}
        read={readCount}
        problem={trans.__('A whole number is needed, such as 100.')}
      />
    </div>
  );
}

function ThenFields({ form }: { form: IFormProps }): React.JSX.Element {
  const { trans } = form;
  const cron = valueAt(form.document, ['schedule', 'cron']);
  const zone = valueAt(form.document, ['schedule', 'timezone']);
  const words =
    typeof cron === 'string'
      ? scheduleWords(
          { cron, timezone: typeof zone === 'string' ? zone : null },
          trans
        )
      : trans.__('Five fields, such as 0 6 * * *. Empty: nobody but you asks.');
  return (
    <div className="mlops-MonitorForm-grid">
      <ReadField
        form={form}
        path={['schedule']}
        label={trans.__('Schedule')}
        note={words}
        placeholder={EXAMPLES.cron}
        toText={value => {
          const text = valueAt(value, ['cron']);
          return typeof text === 'string' ? text : '';
        }}
        read={text => ({
          value:
            text.trim() === ''
              ? undefined
              : {
                  cron: text,
                  timezone: typeof zone === 'string' ? zone : 'UTC'
                }
        })}
        problem=""
      />
      <ReadField
        form={form}
        path={['notify']}
        label={trans.__('Webhook')}
        note={trans.__('Name of the secret that holds its address.')}
        placeholder={EXAMPLES.secret}
        toText={value => {
          const [first] = Array.isArray(value) ? value : [];
          const name = valueAt(first, ['webhook', 'secret']);
          return typeof name === 'string' ? name : '';
        }}
        read={text => ({
          value:
            text.trim() === '' ? undefined : [{ webhook: { secret: text } }]
        })}
        problem=""
      />
      <ReadField
        form={form}
        path={['refresh', 'pipeline']}
        label={trans.__('Refresh pipeline')}
        note={trans.__('Makes a new model. Run when a person says Retrain.')}
        placeholder={EXAMPLES.refresh}
        toText={value => (typeof value === 'string' ? value : '')}
        read={text => ({ value: text.trim() === '' ? undefined : text })}
        problem=""
      />
    </div>
  );
}

function Group(props: {
  title: string;
  hint?: string;
  children: React.ReactNode;
}): React.JSX.Element {
  const id = useId();
  return (
    <section className="mlops-MonitorForm-group" aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      {props.hint ? <p className="mlops-mod-hint">{props.hint}</p> : null}
      {props.children}
    </section>
  );
}

/** What belongs to no field is said at the top. */
function OtherIssues({ form }: { form: IFormProps }): React.JSX.Element | null {
  const issues = form.issues.filter(({ pointer }) => pointer === '');
  return issues.length === 0 ? null : (
    <div className="mlops-ErrorNote" role="status">
      {issues.map(({ message }, index) => (
        <p key={index} className="mlops-ErrorNote-message">
          {safeText(message)}
        </p>
      ))}
    </div>
  );
}

function Preview(props: {
  view: DraftView;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { view, trans } = props;
  const { preview, refusal, isPreviewing, issues } = view;
  const errors = issues.filter(({ severity }) => severity === 'error');
  return (
    <aside
      className="mlops-MonitorForm-preview"
      aria-label={trans.__('Preview')}
      aria-busy={isPreviewing}
    >
      <h2>
        {trans.__('On the newest batch')}
        <span className="mlops-mod-hint" role="status">
          {isPreviewing ? trans.__('computing…') : ''}
        </span>
      </h2>
      {errors.length > 0 ? (
        <p className="mlops-mod-hint">
          {trans._n(
            'Mend %1 mistake to see it.',
            'Mend %1 mistakes to see it.',
            errors.length,
            errors.length
          )}
        </p>
      ) : refusal !== null ? (
        <p className="mlops-Monitoring-problem">{safeText(refusal)}</p>
      ) : preview !== null ? (
        <>
          <p className="mlops-EvaluationFacts">
            <StandingLabel standing={preview.status} trans={trans} />
            <span>
              {trans.__(
                '%1: %2 rows, %3 with labels',
                batchName(preview.batch),
                preview.rows ?? '–',
                preview.labelled ?? 0
              )}
            </span>
          </p>
          {preview.error ? (
            <p className="mlops-Monitoring-problem">
              {safeText(preview.error.message)}
            </p>
          ) : null}
          <Metrics
            metrics={preview.metrics}
            checks={view.checks}
            label={trans.__('Preview of the checks')}
            trans={trans}
          />
        </>
      ) : isPreviewing ? null : (
        <p className="mlops-mod-hint">
          {trans.__('What the checks say of it is shown here.')}
        </p>
      )}
    </aside>
  );
}
