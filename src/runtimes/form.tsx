/** The form that adds or changes a runtime. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import React, { useEffect, useRef } from 'react';

import { safeLine, safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { Checklist } from './checklist';
import { Defaults, Delivery, Files, SigningIn, Where } from './formparts';
import type { PartProps } from './formparts';
import type { Editing, RuntimesModel } from './model';

export function RuntimeForm(props: {
  model: RuntimesModel;
  editing: Editing;
}): React.JSX.Element {
  const { model, editing } = props;
  const { trans } = model;
  const form = useRef<HTMLFormElement>(null);
  const problems = model.problems();
  const test = useSignal(model.changed, () => model.test(''));
  const { refusal, isSaving, isJudged } = editing;
  useEffect(() => {
    // To the first field that something is said of.
    if (isJudged) {
      form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
    }
  }, [isJudged, refusal]);
  const part: PartProps = {
    model,
    editing,
    draft: editing.draft,
    problems,
    trans,
    onChange: next => model.change(next)
  };
  return (
    <form
      ref={form}
      className="mlops-RuntimeForm"
      aria-label={
        editing.name === null
          ? trans.__('New Airflow')
          : trans.__('Change %1', safeLine(editing.name))
      }
      onSubmit={event => {
        event.preventDefault();
        void model.save();
      }}
    >
      <div className="mlops-RuntimeForm-fields">
        <Where {...part} />
        <SigningIn {...part} />
        <Delivery {...part} />
        <Files {...part} />
        <Defaults {...part} />
        {test ? <Checklist test={test} trans={trans} /> : null}
      </div>
      <div className="mlops-RuntimeForm-end">
        {refusal && refusal.field === null ? (
          <p className="mlops-Checklist-problem" role="alert">
            {safeText(refusal.sentence)}
          </p>
        ) : null}
        <div className="mlops-Actions">
          <button
            type="submit"
            className="mlops-Button mlops-mod-main"
            disabled={isSaving}
          >
            {trans.__('Save')}
          </button>
          <button
            type="button"
            className="mlops-Button"
            onClick={() =>
              test?.isRunning ? model.stopTest('') : void model.tryDraft()
            }
          >
            {test?.isRunning ? trans.__('Stop the test') : trans.__('Test')}
          </button>
          <button
            type="button"
            className="mlops-Button"
            onClick={() => void giveUp(model)}
          >
            {trans.__('Cancel')}
          </button>
        </div>
      </div>
    </form>
  );
}

/** Forget what was typed; asks where something would be lost. */
export async function giveUp(model: RuntimesModel): Promise<boolean> {
  const { trans } = model;
  if (model.isDirty) {
    const { button } = await showDialog({
      title: trans.__('Discard what you typed?'),
      body: trans.__('The runtime stays as it was.'),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Keep it') }),
        Dialog.warnButton({ label: trans.__('Discard') })
      ],
      defaultButton: 0
    });
    if (!button.accept) {
      return false;
    }
  }
  model.discard();
  return true;
}
