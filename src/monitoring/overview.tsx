/**
 * A monitor from top to bottom in the order of the questions one asks: is it
 * well, since when, which part, what changed.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useCallback, useId, useRef } from 'react';

import type { Evaluation, SeriesPoint } from '../model/monitor';
import { heatChecks } from '../model/heatmap';
import { safeLine, safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { useNow } from '../ui/time';
import type { MonitorActions } from './actions';
import { Answers, Changed, Groups } from './changed';
import type { ChartTools } from './drawnchart';
import type { DeskView, MonitorDesk } from './desk';
import { Heat } from './heat';
import { Batches, History } from './history';
import { measureWords } from './measurewords';
import { Metrics } from './metrics';
import { StandingLabel } from './standing';
import { Timelines } from './timelineview';
import { Wellness } from './wellness';
import { batchName, durationWords, versionName } from './words';

const HALF_A_MINUTE = 30_000;

export interface IOverviewProps {
  desk: MonitorDesk;
  actions: MonitorActions;
  tools: ChartTools;
  clock: () => number;
  onEdit: () => void;
  trans: TranslationBundle;
}

export function Overview(props: IOverviewProps): React.JSX.Element {
  const { desk, actions, clock, trans } = props;
  const view = useSignal(desk.changed, () => desk.view);
  const alert = useSignal(desk.changed, () => desk.alert);
  const now = useNow(HALF_A_MINUTE, true, clock);
  const { detail, series, failure } = view;
  if (detail === null) {
    return (
      <p className="mlops-Empty mlops-mod-late mlops-MonitorView-note">
        {failure === null ? trans.__('Reading…') : safeText(failure)}
      </p>
    );
  }
  const { evaluations } = series;
  return (
    <div className="mlops-Overview">
      {failure === null ? null : (
        <p className="mlops-Monitoring-problem" role="status">
          {safeText(failure)}
        </p>
      )}
      {detail.issues.some(({ severity }) => severity === 'error') ? (
        <Issues {...props} view={view} />
      ) : null}
      <Wellness
        detail={detail}
        last={evaluations.at(-1) ?? null}
        alert={alert}
        onWriting={(id, isWriting) => desk.hold(isWriting ? id : null)}
        actions={actions}
        now={now}
        trans={trans}
      />
      {evaluations.length === 0 ? (
        <First {...props} view={view} />
      ) : (
        <Evaluated {...props} view={view} />
      )}
      <Part title={trans.__('What was decided')}>
        <History {...props} detail={detail} now={now} />
      </Part>
      <Part title={trans.__('Batches')}>
        <Batches
          {...props}
          detail={detail}
          batches={view.batches}
          now={now}
          onSelect={id => desk.select(id)}
          onOlder={() => desk.olderBatches()}
        />
      </Part>
    </div>
  );
}

/** The part of the screen that there is once a batch was evaluated. */
function Evaluated(
  props: IOverviewProps & { view: DeskView }
): React.JSX.Element {
  const { desk, tools, view, trans } = props;
  const { series, heat, evaluation, feature, selected } = view;
  const changed = useRef<HTMLElement>(null);
  const [drift] = heatChecks(series);
  const driftName = measureWords(
    series.series.find(({ check }) => check === drift)?.measure ?? '',
    trans
  ).name;
  const onSelect = useCallback(
    (id: string, column: string) => {
      desk.select(id, column);
      changed.current?.scrollIntoView({
        block: 'nearest',
        behavior: prefersStill() ? 'auto' : 'smooth'
      });
    },
    [desk]
  );
  const groups = evaluation?.detail?.groups ?? [];
  return (
    <>
      <Part title={trans.__('Since when')}>
        <Timelines
          timelines={view.timelines}
          marks={view.marks}
          series={series}
          labelDelay={durationWords(
            view.detail?.document?.batches.label_delay,
            trans
          )}
          tools={tools}
          trans={trans}
        />
      </Part>
      {heat.length > 0 ? (
        <Part
          title={trans.__('Which part')}
          hint={trans.__(
            '%1 of each feature, the last batches from left to right. Choose a cell to see what changed.',
            driftName
          )}
        >
          <Heat
            rows={heat}
            evaluations={series.evaluations}
            name={driftName}
            selected={selected}
            feature={feature}
            onSelect={onSelect}
            trans={trans}
          />
        </Part>
      ) : null}
      <Part title={trans.__('What changed')} innerRef={changed}>
        <EvaluationSelect {...props} evaluations={series.evaluations} />
        {evaluation === null ? (
          <p className="mlops-Empty mlops-mod-late">{trans.__('Reading…')}</p>
        ) : (
          <>
            <EvaluationFacts evaluation={evaluation} trans={trans} />
            <div className="mlops-Columns">
              <div>
                <Changed
                  evaluation={evaluation}
                  feature={feature}
                  onFeature={name => desk.setFeature(name)}
                  tools={tools}
                  trans={trans}
                />
                {groups.length > 0 ? (
                  <Groups groups={groups} tools={tools} trans={trans} />
                ) : null}
              </div>
              <Metrics
                metrics={evaluation.metrics}
                checks={view.detail?.checks ?? null}
                label={trans.__('Checks of %1', batchName(evaluation.batch))}
                trans={trans}
              />
            </div>
            {evaluation.detail ? (
              <Answers
                detail={evaluation.detail}
                problem={view.detail?.document?.problem ?? null}
                tools={tools}
                trans={trans}
              />
            ) : null}
          </>
        )}
      </Part>
    </>
  );
}

function prefersStill(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function Part(props: {
  title: string;
  hint?: string;
  innerRef?: React.RefObject<HTMLElement>;
  children: React.ReactNode;
}): React.JSX.Element {
  const id = useId();
  return (
    <section
      className="mlops-Overview-part"
      aria-labelledby={id}
      ref={props.innerRef}
    >
      <h2 id={id}>{props.title}</h2>
      {props.hint ? <p className="mlops-mod-hint">{props.hint}</p> : null}
      {props.children}
    </section>
  );
}

function EvaluationSelect(
  props: IOverviewProps & {
    view: DeskView;
    evaluations: readonly SeriesPoint[];
  }
): React.JSX.Element {
  const { desk, view, evaluations, trans } = props;
  const { selected, evaluation } = view;
  const choices: { id: string; batch: string }[] = [...evaluations].reverse();
  if (evaluation && !choices.some(({ id }) => id === selected)) {
    // An old one, which somebody went back to.
    choices.push(evaluation);
  }
  return (
    <label className="mlops-Changed-batch">
      {trans.__('Batch')}
      <select
        className="mlops-Select"
        value={selected ?? ''}
        onChange={event => desk.select(event.target.value)}
      >
        {choices.map(({ id, batch }) => (
          <option key={id} value={id}>
            {batchName(batch)}
          </option>
        ))}
      </select>
    </label>
  );
}

function EvaluationFacts(props: {
  evaluation: Evaluation;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { evaluation, trans } = props;
  const { rows, labelled, error } = evaluation;
  return (
    <div className="mlops-EvaluationFacts">
      <StandingLabel standing={evaluation.status} trans={trans} />
      <span title={safeLine(evaluation.batch)}>
        {trans.__(
          '%1 rows, %2 with labels, model %3',
          rows ?? '–',
          labelled ?? 0,
          versionName(evaluation.model)
        )}
      </span>
      {error ? (
        <p className="mlops-Monitoring-problem">
          {safeText([error.message, error.hint].filter(Boolean).join(' '))}
        </p>
      ) : null}
    </div>
  );
}

/** No batch was evaluated: what is the next step. */
function First(props: IOverviewProps & { view: DeskView }): React.JSX.Element {
  const { actions, view, onEdit, trans } = props;
  const detail = view.detail;
  const batches = detail?.batches.length ?? 0;
  return (
    <div className="mlops-First">
      <p>
        {batches > 0
          ? trans.__(
              'Evaluate the batches that there are: each is compared with the baseline, and you see since when something changed.'
            )
          : trans.__(
              'There is no batch yet. Batches are the files that a scoring pipeline writes, one for each time it runs.'
            )}
      </p>
      <div className="mlops-Actions">
        {batches > 0 ? (
          <button
            type="button"
            className="mlops-Button mlops-mod-main"
            disabled={detail?.evaluating}
            onClick={() =>
              void actions.evaluate(detail?.path ?? '', null, true)
            }
          >
            {trans._n(
              'Evaluate %1 batch',
              'Evaluate %1 batches',
              batches,
              batches
            )}
          </button>
        ) : null}
        <button type="button" className="mlops-Button" onClick={onEdit}>
          {trans.__('See what it checks')}
        </button>
      </div>
    </div>
  );
}

function Issues(props: IOverviewProps & { view: DeskView }): React.JSX.Element {
  const { view, onEdit, trans } = props;
  const errors = (view.detail?.issues ?? []).filter(
    ({ severity }) => severity === 'error'
  );
  return (
    <div
      className="mlops-ErrorNote"
      role="group"
      aria-label={trans.__('Errors')}
    >
      {errors.slice(0, 5).map((issue, index) => (
        <p key={index} className="mlops-ErrorNote-message">
          {safeText([issue.message, issue.hint].filter(Boolean).join(' '))}
        </p>
      ))}
      <div className="mlops-Actions">
        <button type="button" className="mlops-Button" onClick={onEdit}>
          {trans.__('Edit')}
        </button>
      </div>
    </div>
  );
}
