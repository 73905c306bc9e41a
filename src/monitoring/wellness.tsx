/** Is it well: the state, the alert with what can be answered, the last batch. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { Alert, MonitorDetail, SeriesPoint } from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { scheduleWords } from '../ui/schedule';
import { formatExact, formatRelative, parseTime } from '../ui/time';
import type { MonitorActions } from './actions';
import { alertFigures } from './alertwords';
import { Decide, FOCUS_HOME } from './decide';
import { StandingIcon } from './standing';
import {
  alertStateWord,
  batchName,
  decisionWord,
  standingSentence,
  standingWord,
  versionName
} from './words';
import type { Standing } from './words';

export interface IWellnessProps {
  detail: MonitorDetail;
  last: SeriesPoint | null;
  alert: Alert | null;
  actions: MonitorActions;
  onWriting: (alert: string, isWriting: boolean) => void;
  now: number;
  trans: TranslationBundle;
}

export function Wellness(props: IWellnessProps): React.JSX.Element {
  const { detail, alert, trans } = props;
  const standing: Standing = detail.evaluating
    ? 'running'
    : (detail.status ?? 'none');
  return (
    <section
      className={`mlops-Wellness ${FOCUS_HOME}`}
      tabIndex={-1}
      data-state={standing}
      aria-label={trans.__('Is it well?')}
    >
      <div className="mlops-Wellness-state" role="status">
        <StandingIcon standing={standing} size={28} />
        <div>
          <strong>{standingWord(standing, trans)}</strong>
          <span>{standingSentence(standing, trans)}</span>
        </div>
      </div>
      <Facts {...props} />
      {detail.problem ? (
        <p className="mlops-Monitoring-problem" role="status">
          {safeText(detail.problem)}
        </p>
      ) : null}
      {alert ? <AlertCard key={alert.id} {...props} alert={alert} /> : null}
    </section>
  );
}

function Facts(props: IWellnessProps): React.JSX.Element {
  const { detail, last, now, trans } = props;
  const at = parseTime(last?.time);
  const { waiting } = detail;
  return (
    <dl className="mlops-Wellness-facts">
      <dt>{trans.__('Last batch')}</dt>
      <dd title={last ? safeLine(last.batch) : undefined}>
        {last ? batchName(last.batch) : trans.__('none')}
        {at === null ? null : (
          <span className="mlops-mod-hint" title={formatExact(at)}>
            {` · ${formatRelative(at, now, trans)}`}
          </span>
        )}
      </dd>
      <dt>{trans.__('Model')}</dt>
      <dd title={trans.__('The first digits of the hash of the model’s file')}>
        <bdi>{safeLine(detail.name)}</bdi>
        <code>{versionName(detail.model.version)}</code>
      </dd>
      <dt>{trans.__('Schedule')}</dt>
      <dd>
        <ScheduleFact {...props} />
      </dd>
      {waiting > 0 ? (
        <>
          <dt>{trans.__('Waiting')}</dt>
          <dd>
            {trans._n(
              '%1 batch is not evaluated',
              '%1 batches are not evaluated',
              waiting,
              waiting
            )}
          </dd>
        </>
      ) : null}
    </dl>
  );
}

function ScheduleFact(props: IWellnessProps): React.JSX.Element {
  const { detail, actions, trans } = props;
  const { schedule, path } = detail;
  if (!schedule) {
    return <>{trans.__('none: evaluated when somebody asks')}</>;
  }
  const next = parseTime(schedule.next);
  const words = scheduleWords(schedule, trans);
  return (
    <>
      <button
        type="button"
        role="switch"
        className="mlops-Switch"
        aria-checked={schedule.active}
        aria-label={trans.__('Evaluate by schedule: %1', words)}
        onClick={() => void actions.setSchedule(path, !schedule.active)}
      >
        <span className="mlops-Switch-track" aria-hidden="true" />
        {schedule.active ? trans.__('on') : trans.__('off')}
      </button>
      {words}
      {schedule.active && next !== null ? (
        <span className="mlops-mod-hint">
          {trans.__(' · next %1', formatExact(next))}
        </span>
      ) : null}
      <span className="mlops-mod-hint mlops-Wellness-clock">
        {trans.__(
          'Runs while JupyterLab, or the engine of this workspace, does; what was missed is made up for once.'
        )}
      </span>
    </>
  );
}

function AlertCard(
  props: IWellnessProps & { alert: Alert }
): React.JSX.Element {
  const { alert, detail, actions, onWriting, now, trans } = props;
  const opened = parseTime(alert.opened);
  const until = parseTime(alert.snoozed_until);
  const { run } = alert;
  return (
    <div
      className="mlops-AlertCard"
      data-mlops-alert={alert.id}
      data-state={alert.state}
    >
      <h3>
        {trans.__(
          'Alert: %1',
          alertStateWord(alert.state, trans).toLowerCase()
        )}
        <span
          className="mlops-mod-hint"
          title={opened === null ? undefined : formatExact(opened)}
        >
          {opened === null
            ? ''
            : trans.__(
                'opened %1, %2',
                formatRelative(opened, now, trans),
                trans._n(
                  '%1 evaluation',
                  '%1 evaluations',
                  alert.evaluations.length,
                  alert.evaluations.length
                )
              )}
        </span>
      </h3>
      <p title={alertFigures(alert, trans)}>{safeText(alert.summary)}</p>
      {alert.state === 'snoozed' && until !== null ? (
        <p className="mlops-mod-hint">
          {trans.__('Asked again on %1.', formatExact(until))}
        </p>
      ) : null}
      {run !== null ? (
        <p>
          <button
            type="button"
            className="mlops-Link"
            onClick={() => void actions.showRun(run)}
          >
            {trans.__('Show the refresh run')}
          </button>
        </p>
      ) : null}
      <Told {...props} />
      <ul className="mlops-AlertCard-decisions">
        {alert.decisions.map(({ id, action, user, comment }) => (
          <li key={id}>
            <strong>{decisionWord(action, trans)}</strong>
            {` · ${safeLine(user, 80)}: `}
            <q>{safeText(comment)}</q>
          </li>
        ))}
      </ul>
      <Decide
        alert={alert}
        refresh={detail.refresh?.pipeline ?? null}
        onDecide={decision => actions.decide(alert, decision)}
        onWriting={isWriting => onWriting(alert.id, isWriting)}
        trans={trans}
      />
    </div>
  );
}

/** Whether those who were to be told of it by a webhook have been. */
function Told(
  props: IWellnessProps & { alert: Alert }
): React.JSX.Element | null {
  const { alert, now, trans } = props;
  const { delivery } = alert;
  const at = parseTime(delivery?.at);
  if (!delivery || at === null) {
    return null;
  }
  const when = formatRelative(at, now, trans);
  return delivery.state === 'told' ? (
    <p className="mlops-mod-hint" title={formatExact(at)}>
      {trans.__('Told by webhook %1.', when)}
    </p>
  ) : (
    <p className="mlops-Monitoring-problem" title={formatExact(at)}>
      {trans.__(
        'The webhook could not be told %1: %2 It is tried again with the next evaluation.',
        when,
        safeText(delivery.message ?? '')
      )}
    </p>
  );
}
