/**
 * A new monitor in two steps: choose data, check what its columns are. The
 * columns were recognised from the data; the form afterwards has the rest.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import React from 'react';

import type { JsonValue } from '../model/document';
import type {
  ColumnKind,
  MonitorDocument,
  Proposal,
  ProposedColumn
} from '../model/monitor';
import { isTable } from '../model/tables';
import { safeLine, safeText } from '../ui/safetext';
import { scalarText } from './editing';

/** Ask for a data file; null if the person chose none. */
export async function chooseData(
  manager: IDocumentManager,
  folder: string,
  trans: TranslationBundle
): Promise<string | null> {
  const { value, button } = await FileDialog.getOpenFiles({
    manager,
    title: trans.__('Rows that the model has scored'),
    label: trans.__('A .csv, .parquet or .jsonl file'),
    defaultPath: folder,
    filter: ({ type, name }) =>
      type === 'directory' || isTable(name) ? {} : null
  });
  const file = value?.find(({ name }) => isTable(name));
  return button.accept && file ? PathExt.normalize(file.path) : null;
}

/** A value of the data as one reads it. */
function exampleText(value: JsonValue): string {
  return typeof value === 'string' ? value : scalarText(value);
}

/** What a column is for: one of its roles, a feature, or nothing. */
export type Role =
  'feature' | 'target' | 'prediction' | 'score' | 'id' | 'time' | 'none';

const SINGLE = ['target', 'prediction', 'score', 'id', 'time'] as const;

export interface Draft {
  name: string;
  problem: string;
  columns: (ProposedColumn & { use: Role })[];
}

export function draftOf({ document, columns }: Proposal, name: string): Draft {
  const roles = document.columns;
  return {
    name,
    problem: document.problem,
    columns: columns.map(column => ({
      ...column,
      use:
        SINGLE.find(role => roles[role] === column.name) ??
        (Object.hasOwn(roles.features, column.name) ? 'feature' : 'none')
    }))
  };
}

/** The proposed document with what the person said. */
export function documentOf(proposal: Proposal, draft: Draft): MonitorDocument {
  const { document } = proposal;
  const { score, features } = document.columns;
  const others = Object.fromEntries(
    Object.entries(document.columns).filter(
      ([key]) => !SINGLE.some(role => role === key)
    )
  );
  const isUsed = (name: string) => draft.columns.some(one => one.name === name);
  const columns: MonitorDocument['columns'] = {
    ...others,
    features: Object.fromEntries([
      ...Object.entries(features).filter(([name]) => !isUsed(name)),
      ...draft.columns
        .filter(({ use }) => use === 'feature')
        .map(({ name, kind }): [string, ColumnKind] => [name, kind])
    ]),
    // The scores of several classes are no single column.
    ...(typeof score === 'object' ? { score } : {}),
    ...namedColumns(draft)
  };
  return {
    ...document,
    model: { ...document.model, name: draft.name },
    problem: draft.problem as MonitorDocument['problem'],
    columns
  };
}

/** The column of each role that has one. */
function namedColumns(draft: Draft): Partial<Record<Role, string>> {
  const named: Partial<Record<Role, string>> = {};
  for (const role of SINGLE) {
    const column = draft.columns.find(({ use }) => use === role);
    if (column) {
      named[role] = column.name;
    }
  }
  return named;
}

/** The second step; null if the person gives up. */
export async function checkColumns(
  proposal: Proposal,
  name: string,
  trans: TranslationBundle
): Promise<{ name: string; document: MonitorDocument } | null> {
  const body = new ColumnsBody(proposal, draftOf(proposal, name), trans);
  const { button } = await showDialog({
    title: trans.__('New monitor'),
    body,
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Create') })
    ]
  });
  const { draft } = body;
  return button.accept
    ? { name: draft.name, document: documentOf(proposal, draft) }
    : null;
}

class ColumnsBody extends ReactWidget {
  constructor(
    private readonly _proposal: Proposal,
    public draft: Draft,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('mlops-NewMonitor');
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return (
      <ColumnsForm
        notes={this._proposal.notes}
        draft={this.draft}
        onChange={draft => {
          this.draft = draft;
          this.update();
        }}
        trans={this._trans}
      />
    );
  }
}

export function ColumnsForm(props: {
  notes: readonly string[];
  draft: Draft;
  onChange: (draft: Draft) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { notes, draft, onChange, trans } = props;
  const setUse = (name: string, use: Role) =>
    onChange({
      ...draft,
      columns: draft.columns.map(column =>
        column.name === name
          ? { ...column, use }
          : // A role has one column: who had it is a feature again.
            column.use === use && use !== 'feature' && use !== 'none'
            ? { ...column, use: 'feature' }
            : column
      )
    });
  const setKind = (name: string, kind: ColumnKind) =>
    onChange({
      ...draft,
      columns: draft.columns.map(column =>
        column.name === name ? { ...column, kind } : column
      )
    });
  return (
    <>
      <div className="mlops-NewMonitor-head">
        <label>
          {trans.__('Name of the model')}
          <input
            className="mlops-Input"
            type="text"
            value={draft.name}
            onChange={({ target }) =>
              onChange({ ...draft, name: target.value })
            }
          />
        </label>
        <label>
          {trans.__('It predicts')}
          <select
            className="mlops-Select"
            value={draft.problem}
            onChange={({ target }) =>
              onChange({ ...draft, problem: target.value })
            }
          >
            <option value="binary">{trans.__('one of two classes')}</option>
            <option value="multiclass">
              {trans.__('one of several classes')}
            </option>
            <option value="regression">{trans.__('a number')}</option>
          </select>
        </label>
      </div>
      <p className="mlops-mod-hint">
        {trans.__('What the columns seem to be. Change what is not so.')}
      </p>
      <div className="mlops-NewMonitor-columns">
        <table aria-label={trans.__('Columns')}>
          <thead>
            <tr>
              <th scope="col">{trans.__('Column')}</th>
              <th scope="col">{trans.__('Is')}</th>
              <th scope="col">{trans.__('Holds')}</th>
              <th scope="col">{trans.__('For example')}</th>
            </tr>
          </thead>
          <tbody>
            {draft.columns.map(column => (
              <ColumnRow
                key={column.name}
                column={column}
                onUse={use => setUse(column.name, use)}
                onKind={kind => setKind(column.name, kind)}
                trans={trans}
              />
            ))}
          </tbody>
        </table>
      </div>
      {notes.map(note => (
        <p key={note} className="mlops-mod-hint">
          {safeText(note)}
        </p>
      ))}
    </>
  );
}

function ColumnRow(props: {
  column: Draft['columns'][number];
  onUse: (use: Role) => void;
  onKind: (kind: ColumnKind) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { column, onUse, onKind, trans } = props;
  const name = safeLine(column.name, 60);
  const roles: [Role, string][] = [
    ['feature', trans.__('a feature')],
    ['target', trans.__('the label')],
    ['prediction', trans.__('the prediction')],
    ['score', trans.__('the score')],
    ['id', trans.__('the id')],
    ['time', trans.__('the time')],
    ['none', trans.__('not used')]
  ];
  return (
    <tr data-mlops-column={column.name}>
      <th scope="row" title={safeLine(column.name)}>
        <bdi>{name}</bdi>
      </th>
      <td>
        <select
          className="mlops-Select"
          aria-label={trans.__('%1 is', name)}
          value={column.use}
          onChange={({ target }) => onUse(target.value as Role)}
        >
          {roles.map(([role, label]) => (
            <option key={role} value={role}>
              {label}
            </option>
          ))}
        </select>
      </td>
      <td>
        {column.use === 'feature' ? (
          <select
            className="mlops-Select"
            aria-label={trans.__('%1 holds', name)}
            value={column.kind}
            onChange={({ target }) => onKind(target.value as ColumnKind)}
          >
            <option value="numeric">{trans.__('numbers')}</option>
            <option value="category">{trans.__('categories')}</option>
          </select>
        ) : null}
      </td>
      <td className="mlops-mod-hint">
        {safeLine(exampleText(column.example), 40)}
      </td>
    </tr>
  );
}
