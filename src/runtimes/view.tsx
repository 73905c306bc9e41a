/** The Runtimes panel as a picture of its model: a list, or the form. */
import { addIcon, caretLeftIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { LOCAL } from '../model/runtime';
import { safeLine, safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { useNow } from '../ui/time';
import { giveUp, RuntimeForm } from './form';
import { LocalRow } from './local';
import type { RuntimesModel } from './model';
import { RuntimeRow } from './row';

const HALF_A_MINUTE = 30_000;

export interface IRuntimesViewProps {
  model: RuntimesModel;
  onOpenPipeline: (path: string) => void;
}

export function RuntimesView(props: IRuntimesViewProps): React.JSX.Element {
  const { model } = props;
  const { trans } = model;
  const editing = useSignal(model.changed, () => model.editing);
  const isFormShown = useSignal(model.changed, () => model.isFormShown);
  if (editing === null || !isFormShown) {
    return <RuntimeList {...props} />;
  }
  return (
    <>
      <div className="mlops-Runtimes-back">
        <button
          type="button"
          className="mlops-IconButton"
          title={trans.__('Back to the list; what you typed is kept')}
          aria-label={trans.__('Back to the list; what you typed is kept')}
          onClick={() =>
            model.isDirty ? model.showForm(false) : model.discard()
          }
        >
          <caretLeftIcon.react tag="span" width="16px" />
        </button>
        <h3>
          {editing.name === null
            ? trans.__('New Airflow')
            : safeLine(editing.name)}
        </h3>
      </div>
      <RuntimeForm model={model} editing={editing} />
    </>
  );
}

function RuntimeList(props: IRuntimesViewProps): React.JSX.Element {
  const { model } = props;
  const { trans } = model;
  const store = model.api.runtimes;
  const runtimes = useSignal(store.changed, () => store.known);
  const failure = useSignal(store.changed, () => store.failure);
  const now = useNow(HALF_A_MINUTE);
  const remote = runtimes.filter(({ kind }) => kind !== LOCAL);
  return (
    <div className="mlops-SidePanel-scroll">
      {failure !== null ? (
        <p className="mlops-RuntimeRow-problem" role="status">
          {safeText(failure)}
        </p>
      ) : null}
      <ul className="mlops-Runtimes-list" aria-label={trans.__('Runtimes')}>
        <LocalRow {...props} />
        {remote.map(runtime => (
          <RuntimeRow
            key={runtime.name}
            {...props}
            runtime={runtime}
            now={now}
          />
        ))}
        <Unsaved model={model} />
      </ul>
      {remote.length === 0 ? (
        <Empty model={model} />
      ) : (
        <button
          type="button"
          className="mlops-Button mlops-Runtimes-add"
          onClick={() => void add(model)}
        >
          <addIcon.react tag="span" width="16px" />
          {trans.__('Add an Airflow')}
        </button>
      )}
    </div>
  );
}

/** What was typed and not saved. */
function Unsaved(props: { model: RuntimesModel }): React.JSX.Element | null {
  const { model } = props;
  const { trans } = model;
  const editing = useSignal(model.changed, () => model.editing);
  if (editing === null || !model.isDirty) {
    return null;
  }
  return (
    <li className="mlops-RuntimeRow mlops-mod-unsaved">
      <p>
        {editing.name === null
          ? trans.__('A new Airflow is not saved.')
          : trans.__('Changes of %1 are not saved.', safeLine(editing.name))}
      </p>
      <div className="mlops-Actions">
        <button
          type="button"
          className="mlops-Button"
          onClick={() => model.showForm(true)}
        >
          {trans.__('Go on')}
        </button>
        <button
          type="button"
          className="mlops-Button"
          onClick={() => void giveUp(model)}
        >
          {trans.__('Discard')}
        </button>
      </div>
    </li>
  );
}

function Empty(props: { model: RuntimesModel }): React.JSX.Element {
  const { trans } = props.model;
  return (
    <div className="mlops-Runtimes-empty">
      <p>
        {trans.__(
          'Pipelines run on this machine. Add an Airflow, and the same pipelines run there: by schedule, on more machines, followed from here.'
        )}
      </p>
      <button
        type="button"
        className="mlops-Button mlops-mod-main"
        onClick={() => void add(props.model)}
      >
        {trans.__('Add an Airflow')}
      </button>
    </div>
  );
}

/** Open an empty form, or the new one that is begun already. */
export async function add(model: RuntimesModel): Promise<void> {
  if (model.editing?.name === null) {
    model.showForm(true);
  } else if (model.editing === null || (await giveUp(model))) {
    model.add();
  }
}
