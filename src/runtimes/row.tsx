/** A runtime in the list: how it stands, and what opens below it. */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { caretRightIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { sentenceOf } from '../api/client';
import type { Runtime } from '../api/client';
import { AirflowLink } from '../ui/remote';
import { safeLine, safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { formatExact, formatRelative, parseTime } from '../ui/time';
import { Checklist } from './checklist';
import { Deployed } from './deployed';
import { giveUp } from './form';
import { Light } from './light';
import type { LightState } from './light';
import type { RuntimesModel } from './model';

export interface IRowProps {
  model: RuntimesModel;
  runtime: Runtime;
  now: number;
  onOpenPipeline: (path: string) => void;
}

export function RuntimeRow(props: IRowProps): React.JSX.Element {
  const { model, runtime } = props;
  const { trans } = model;
  const { name } = runtime;
  const isOpen = useSignal(model.changed, () => model.open.has(name));
  const [state, word, title] = useStanding(props);
  const bodyId = `mlops-runtime-${name}`;
  return (
    <li
      className={`mlops-RuntimeRow${isOpen ? ' mlops-mod-open' : ''}`}
      data-mlops-runtime={name}
      data-state={state}
    >
      <button
        type="button"
        className="mlops-RuntimeRow-toggle"
        aria-expanded={isOpen}
        aria-controls={isOpen ? bodyId : undefined}
        onClick={() => model.setOpen(name, !isOpen)}
      >
        <Light state={state} />
        <span className="mlops-RuntimeRow-lines">
          <span className="mlops-RuntimeRow-name">
            <bdi>{safeLine(runtime.label)}</bdi>
          </span>
          <span className="mlops-RuntimeRow-second" title={title}>
            {word}
          </span>
        </span>
        <caretRightIcon.react tag="span" className="mlops-RuntimeRow-caret" />
      </button>
      {isOpen ? (
        <div className="mlops-RuntimeRow-body" id={bodyId}>
          <p className="mlops-RuntimeRow-address">
            {runtime.description ? (
              <span>{safeText(runtime.description)}</span>
            ) : null}
            <AirflowLink
              url={runtime.url}
              label={safeLine(runtime.url ?? '')}
              trans={trans}
            />
          </p>
          <Ways {...props} />
          <RowTest {...props} />
          <Deployed
            runtime={name}
            api={model.api}
            onOpen={props.onOpenPipeline}
            trans={trans}
          />
        </div>
      ) : null}
    </li>
  );
}

/** Its light, in words, and more words on hover. */
function useStanding({
  model,
  runtime,
  now
}: IRowProps): [LightState, string, string] {
  const { trans } = model;
  const test = useSignal(model.changed, () => model.test(runtime.name));
  const verdict = useSignal(model.changed, () => model.verdict(runtime.name));
  if (test?.isRunning) {
    return ['running', trans.__('Being tested…'), ''];
  }
  if (verdict === null) {
    return ['none', trans.__('Not tested yet'), ''];
  }
  const at = parseTime(verdict.at);
  const when = at === null ? '' : formatRelative(at, now, trans);
  const exact = at === null ? '' : formatExact(at);
  return verdict.ok
    ? ['ok', trans.__('Works · tested %1', when), exact]
    : ['failed', safeLine(verdict.message), safeLine(verdict.message)];
}

function RowTest({ model, runtime }: IRowProps): React.JSX.Element | null {
  const test = useSignal(model.changed, () => model.test(runtime.name));
  return test && <Checklist test={test} trans={model.trans} />;
}

function Ways({ model, runtime }: IRowProps): React.JSX.Element {
  const { trans } = model;
  const { name } = runtime;
  const test = useSignal(model.changed, () => model.test(name));
  return (
    <div className="mlops-Actions">
      <button
        type="button"
        className="mlops-Button"
        onClick={() =>
          test?.isRunning ? model.stopTest(name) : void model.tryKept(name)
        }
      >
        {test?.isRunning ? trans.__('Stop the test') : trans.__('Test')}
      </button>
      <button
        type="button"
        className="mlops-Button"
        onClick={() => void edit(model, name)}
      >
        {trans.__('Edit')}
      </button>
      <button
        type="button"
        className="mlops-Button"
        onClick={() => void remove(model, name)}
      >
        {trans.__('Remove')}
      </button>
    </div>
  );
}

/** Open the form; what was typed into another is not lost without a question. */
async function edit(model: RuntimesModel, name: string): Promise<void> {
  const isOther = model.editing !== null && model.editing.name !== name;
  if (isOther && !(await giveUp(model))) {
    return;
  }
  try {
    await model.edit(name);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}

async function remove(model: RuntimesModel, name: string): Promise<void> {
  const { trans } = model;
  const { button } = await showDialog({
    title: trans.__('Remove %1?', safeLine(name)),
    body: trans.__(
      'Pipelines can no longer be run there from here. What was delivered stays in Airflow, and so do its schedules.'
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Remove') })
    ],
    defaultButton: 0
  });
  if (!button.accept) {
    return;
  }
  try {
    await model.remove(name);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}
