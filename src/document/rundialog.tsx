/**
 * "Run with …": the pipeline's parameters as a small typed form, and how to
 * run. Enter starts; what is missing or wrong is said at its field.
 */
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useRef, useState } from 'react';

import type { RunMode, RunSelect } from '../api/client';
import { own } from '../model/document';
import type { JsonValue, Parameter } from '../model/document';
import { LOCAL } from '../model/runtime';
import { ParameterField } from './runfields';
import { WhatRuns } from './whatruns';
import type { RunChoice } from './choice';
import { notThere, usePromise, useRuntimes } from './runtimes';
import type { PipelineSession } from './session';
import { readValue, valueText } from './values';

type Draft = {
  readonly texts: { readonly [name: string]: string };
  readonly mode: RunMode;
  readonly runtime: string;
  readonly maxParallel: string;
};

/** Ask; null if the person wants no run after all. */
export async function askRun(
  session: PipelineSession,
  choice: RunChoice,
  select: RunSelect | null
): Promise<RunChoice | null> {
  const { trans } = session;
  const body = new RunForm(session, choice, select);
  const { button } = await showDialog({
    title: trans.__('Run %1', PathExt.basename(session.path)),
    body,
    focusNodeSelector: '.jp-mod-error, input, select, textarea',
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Run') })
    ]
  });
  return button.accept ? body.answer() : null;
}

/** The body of the dialog. */
class RunForm extends ReactWidget {
  constructor(
    private readonly session: PipelineSession,
    choice: RunChoice,
    private readonly select: RunSelect | null
  ) {
    super();
    this.addClass('mlops-RunForm');
    const parameters = session.document().parameters ?? {};
    this._parameters = Object.entries(parameters);
    this._draft = {
      texts: Object.fromEntries(
        this._parameters.map(([name, { type }]) => [
          name,
          valueText(type, own(choice.parameters, name))
        ])
      ),
      mode: choice.mode,
      runtime: choice.runtime,
      maxParallel: choice.maxParallel?.toString() ?? ''
    };
  }

  /** What was chosen; null while something is missing or wrong. */
  answer(): RunChoice | null {
    return readDraft(this._parameters, this._draft, this.session.trans);
  }

  protected override render(): React.JSX.Element {
    return (
      <Form
        session={this.session}
        select={this.select}
        parameters={this._parameters}
        initial={this._draft}
        onDraft={draft => {
          this._draft = draft;
        }}
      />
    );
  }

  private readonly _parameters: readonly [string, Parameter][];
  private _draft: Draft;
}

/** What a draft says; null while something is missing or wrong. */
function readDraft(
  fields: readonly [string, Parameter][],
  { texts, mode, runtime, maxParallel }: Draft,
  trans: TranslationBundle
): RunChoice | null {
  const parameters: Record<string, JsonValue> = {};
  for (const [name, parameter] of fields) {
    if (texts[name] === '') {
      if (parameter.default === undefined) {
        return null;
      }
      continue;
    }
    const typed = readValue(parameter.type, texts[name], trans);
    if (typed.error !== undefined) {
      return null;
    }
    parameters[name] = typed.value;
  }
  const parallel = Number.parseInt(maxParallel, 10);
  return {
    parameters,
    mode,
    runtime,
    maxParallel: runtime === LOCAL && parallel > 0 ? parallel : null
  };
}

function Form(props: {
  session: PipelineSession;
  select: RunSelect | null;
  parameters: readonly [string, Parameter][];
  initial: Draft;
  onDraft: (draft: Draft) => void;
}): React.JSX.Element {
  const { session, select, parameters, initial, onDraft } = props;
  const { trans } = session;
  const [draft, setDraft] = useState(initial);
  const form = useRef<HTMLDivElement>(null);
  const change = (next: Partial<Draft>) => {
    const whole = { ...draft, ...next };
    setDraft(whole);
    onDraft(whole);
  };
  useEffect(() => {
    // The dialog looks for fields with errors on input: before React drew them.
    form.current?.dispatchEvent(new Event('input', { bubbles: true }));
  }, [draft]);
  return (
    <div ref={form}>
      {parameters.map(([name, parameter]) => (
        <ParameterField
          key={name}
          name={name}
          parameter={parameter}
          text={draft.texts[name]}
          trans={trans}
          onText={text => change({ texts: { ...draft.texts, [name]: text } })}
        />
      ))}
      <HowToRun session={session} draft={draft} onChange={change} />
      <WhatRuns
        session={session}
        select={select}
        choice={readDraft(parameters, draft, trans)}
      />
    </div>
  );
}

/** Where, and how. What Airflow decides by itself is said, not asked. */
function HowToRun(props: {
  session: PipelineSession;
  draft: Draft;
  onChange: (next: Partial<Draft>) => void;
}): React.JSX.Element {
  const { session, draft, onChange } = props;
  const { trans } = session;
  const runtimes = useRuntimes(session, draft.runtime);
  const promise = usePromise(session, draft.runtime);
  const isLocal = draft.runtime === LOCAL;
  return (
    <fieldset>
      <legend>{trans.__('How to run')}</legend>
      <div className="mlops-RunForm-field">
        <label htmlFor="mlops-run-runtime">{trans.__('Runtime')}</label>
        <select
          id="mlops-run-runtime"
          value={draft.runtime}
          aria-describedby="mlops-run-runtime-note"
          onChange={event => onChange({ runtime: event.target.value })}
        >
          {runtimes.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <p id="mlops-run-runtime-note">
          {[promise, notThere(session, draft.runtime)]
            .filter(Boolean)
            .join(' ')}
        </p>
      </div>
      <div className="mlops-RunForm-field">
        <label htmlFor="mlops-run-mode">{trans.__('Folder')}</label>
        <select
          id="mlops-run-mode"
          value={isLocal ? draft.mode : 'isolated'}
          disabled={!isLocal}
          aria-describedby="mlops-run-mode-note"
          onChange={event => onChange({ mode: event.target.value as RunMode })}
        >
          <option value="in-place">
            {trans.__('In place: in the folders of its files')}
          </option>
          <option value="isolated">
            {trans.__('Isolated: a fresh folder with declared files only')}
          </option>
        </select>
        <p id="mlops-run-mode-note">
          {isLocal
            ? null
            : trans.__('Its workers have no workspace, only declared files.')}
        </p>
      </div>
      <div className="mlops-RunForm-field">
        <label htmlFor="mlops-run-parallel">{trans.__('At once')}</label>
        <input
          id="mlops-run-parallel"
          type="number"
          min={1}
          max={1000}
          disabled={!isLocal}
          value={isLocal ? draft.maxParallel : ''}
          placeholder={
            isLocal
              ? trans.__('as many nodes as the machine has room for')
              : trans.__('as Airflow decides')
          }
          onChange={event => onChange({ maxParallel: event.target.value })}
        />
      </div>
    </fieldset>
  );
}
