/** What was decided, by whom and why; and the batches that there are. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { Alert, Batch, Decision, MonitorDetail } from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { formatExact, formatRelative, parseTime } from '../ui/time';
import type { MonitorActions } from './actions';
import { alertFigures } from './alertwords';
import { StandingLabel } from './standing';
import { alertStateWord, batchName, decisionWord } from './words';

const SHOWN = 12;
/** So many more with each step back. */
const PAGE = 100;

export interface IHistoryProps {
  detail: MonitorDetail;
  now: number;
  actions: MonitorActions;
  trans: TranslationBundle;
}

/** Alerts and what was answered, the newest first. */
export function History(props: IHistoryProps): React.JSX.Element {
  const { detail, trans } = props;
  if (detail.alerts.length === 0) {
    return (
      <p className="mlops-Empty">
        {trans.__(
          'No alert so far. What people decide stands here, and in the decisions file beside the monitor.'
        )}
      </p>
    );
  }
  const alerts = [...detail.alerts].sort((a, b) =>
    a.opened > b.opened ? -1 : 1
  );
  return (
    <ol className="mlops-History">
      {alerts.map(alert => (
        <AlertItem key={alert.id} {...props} alert={alert} />
      ))}
    </ol>
  );
}

function AlertItem(props: IHistoryProps & { alert: Alert }): React.JSX.Element {
  const { alert, now, trans } = props;
  const opened = parseTime(alert.opened);
  return (
    <li data-state={alert.state}>
      <p>
        <strong>{alertStateWord(alert.state, trans)}</strong>
        {' · '}
        <span title={opened === null ? undefined : formatExact(opened)}>
          {opened === null ? '' : formatRelative(opened, now, trans)}
        </span>
        {' · '}
        <span title={alertFigures(alert, trans)}>
          {safeText(alert.summary)}
        </span>
      </p>
      {alert.decisions.length > 0 ? (
        <ul>
          {alert.decisions.map(decision => (
            <DecisionItem key={decision.id} {...props} decision={decision} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function DecisionItem(
  props: IHistoryProps & { decision: Decision }
): React.JSX.Element {
  const { decision, now, actions, trans } = props;
  const at = parseTime(decision.at);
  const { run } = decision;
  return (
    <li>
      <strong>{decisionWord(decision.action, trans)}</strong>
      {` · ${safeLine(decision.user, 80)} · `}
      <span title={at === null ? undefined : formatExact(at)}>
        {at === null ? '' : formatRelative(at, now, trans)}
      </span>
      <q>{safeText(decision.comment)}</q>
      {run !== null ? (
        <button
          type="button"
          className="mlops-Link"
          onClick={() => void actions.showRun(run)}
        >
          {trans.__('Show the run')}
        </button>
      ) : null}
    </li>
  );
}

export interface IBatchesProps extends IHistoryProps {
  /** Those that are known so far, the oldest of them first. */
  batches: readonly Batch[];
  onSelect: (evaluation: string) => void;
  /** Ask for those before the ones that are known. */
  onOlder: () => Promise<void>;
}

/** The batches that there are, newest first, each with its evaluation. */
export function Batches(props: IBatchesProps): React.JSX.Element {
  const { detail, batches, onOlder, trans } = props;
  const [count, setCount] = useState(SHOWN);
  if (batches.length === 0) {
    return (
      <p className="mlops-Empty">
        {trans.__(
          'No batch matches %1 yet. A scoring pipeline writes them there.',
          safeLine(detail.document?.batches.path ?? '')
        )}
      </p>
    );
  }
  const shown = batches.slice(-count).reverse();
  const hidden = detail.batches_total - shown.length;
  const showOlder = async () => {
    if (
      count + PAGE > batches.length &&
      batches.length < detail.batches_total
    ) {
      await onOlder();
    }
    setCount(count + PAGE);
  };
  return (
    <>
      <table className="mlops-Batches" aria-label={trans.__('Batches')}>
        <thead>
          <tr>
            <th scope="col">{trans.__('Batch')}</th>
            <th scope="col">{trans.__('Changed')}</th>
            <th scope="col">{trans.__('State')}</th>
            <th scope="col">
              <span className="mlops-hidden">{trans.__('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(batch => (
            <BatchRow key={batch.id} {...props} batch={batch} />
          ))}
        </tbody>
      </table>
      {hidden > 0 ? (
        <button
          type="button"
          className="mlops-Link"
          onClick={() => void showOlder()}
        >
          {trans.__(
            'Show %1 older of %2 batches',
            Math.min(PAGE, hidden),
            detail.batches_total
          )}
        </button>
      ) : null}
    </>
  );
}

function BatchRow(props: IBatchesProps & { batch: Batch }): React.JSX.Element {
  const { batch, detail, now, actions, onSelect, trans } = props;
  const at = parseTime(batch.modified);
  const { evaluation } = batch;
  return (
    <tr data-mlops-batch={batch.id}>
      <th scope="row" title={safeLine(batch.id)}>
        <bdi>{batchName(batch.id)}</bdi>
      </th>
      <td title={at === null ? undefined : formatExact(at)}>
        {at === null ? '' : formatRelative(at, now, trans)}
      </td>
      <td>
        <StandingLabel standing={batch.status ?? 'none'} trans={trans} />
      </td>
      <td>
        {evaluation !== null ? (
          <button
            type="button"
            className="mlops-Link"
            onClick={() => onSelect(evaluation)}
          >
            {trans.__('Look at it')}
          </button>
        ) : (
          <button
            type="button"
            className="mlops-Link"
            disabled={detail.evaluating}
            onClick={() => void actions.evaluate(detail.path, batch.id)}
          >
            {trans.__('Evaluate')}
          </button>
        )}
      </td>
    </tr>
  );
}
