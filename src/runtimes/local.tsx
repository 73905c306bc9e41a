/** This machine in the list of runtimes, and the schedules that it keeps. */
import { caretRightIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { LOCAL } from '../model/runtime';
import { safeLine } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { Deployed } from './deployed';
import { Light } from './light';
import type { RuntimesModel } from './model';

const BODY = 'mlops-runtime-local';

export function LocalRow(props: {
  model: RuntimesModel;
  onOpenPipeline: (path: string) => void;
}): React.JSX.Element {
  const { model, onOpenPipeline } = props;
  const { api, trans } = model;
  const isOpen = useSignal(model.changed, () => model.open.has(LOCAL));
  return (
    <li
      className={`mlops-RuntimeRow${isOpen ? ' mlops-mod-open' : ''}`}
      data-mlops-runtime={LOCAL}
      data-state="ok"
    >
      <button
        type="button"
        className="mlops-RuntimeRow-toggle"
        aria-expanded={isOpen}
        aria-controls={isOpen ? BODY : undefined}
        onClick={() => model.setOpen(LOCAL, !isOpen)}
      >
        <Light state="ok" />
        <span className="mlops-RuntimeRow-lines">
          <span className="mlops-RuntimeRow-name">
            {safeLine(api.runtimes.find(LOCAL)?.label ?? trans.__('Local'))}
          </span>
          <span className="mlops-RuntimeRow-second">
            {trans.__('This machine, built in')}
          </span>
        </span>
        <caretRightIcon.react tag="span" className="mlops-RuntimeRow-caret" />
      </button>
      {isOpen ? (
        <div className="mlops-RuntimeRow-body" id={BODY}>
          <Deployed
            runtime={LOCAL}
            api={api}
            onOpen={onOpenPipeline}
            trans={trans}
          />
          <p className="mlops-RuntimeRow-note">
            {trans.__(
              'Schedules on this machine run while JupyterLab runs. For more, use an Airflow.'
            )}
          </p>
        </div>
      ) : null}
    </li>
  );
}
