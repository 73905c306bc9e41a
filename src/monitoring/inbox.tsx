/** The alerts that wait for a person, each with what can be answered. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { Alert } from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { formatExact, formatRelative, parseTime } from '../ui/time';
import type { MonitorActions } from './actions';
import { alertFigures } from './alertwords';
import { Decide } from './decide';
import { StandingIcon } from './standing';

export interface IInboxProps {
  actions: MonitorActions;
  now: number;
  trans: TranslationBundle;
}

export function Inbox(props: IInboxProps): React.JSX.Element | null {
  const { actions, trans } = props;
  const { store } = actions;
  const open = useSignal(store.changed, () => store.open);
  const [held, setHeld] = useState<Alert | null>(null);
  // Who writes an answer goes on to see what it is to.
  const isGone = held !== null && !open.some(({ id }) => id === held.id);
  const alerts = isGone ? [held, ...open] : open;
  if (alerts.length === 0) {
    return null;
  }
  return (
    <section className="mlops-Inbox" aria-label={trans.__('Open alerts')}>
      <h3>
        {trans.__('Open alerts')}
        <span className="mlops-Inbox-count">{open.length}</span>
      </h3>
      <ul>
        {alerts.map(alert => (
          <InboxItem
            key={alert.id}
            {...props}
            alert={alert}
            isGone={isGone && alert === held}
            onWriting={isWriting => setHeld(isWriting ? alert : null)}
          />
        ))}
      </ul>
    </section>
  );
}

function InboxItem(
  props: IInboxProps & {
    alert: Alert;
    isGone: boolean;
    onWriting: (isWriting: boolean) => void;
  }
): React.JSX.Element {
  const { actions, alert, isGone, onWriting, now, trans } = props;
  const { store } = actions;
  const [isOpen, setOpen] = useState(false);
  const at = parseTime(alert.opened);
  const refresh = store.find(alert.monitor)?.refresh?.pipeline ?? null;
  return (
    <li className="mlops-InboxItem" data-mlops-alert={alert.id}>
      <div className="mlops-InboxItem-head">
        <StandingIcon standing="alert" />
        <span className="mlops-InboxItem-lines">
          <button
            type="button"
            className="mlops-Link"
            title={trans.__('Open the monitor')}
            onClick={() => void actions.open(alert.monitor)}
          >
            <bdi>{safeLine(alert.name)}</bdi>
          </button>
          <span
            className="mlops-InboxItem-summary"
            title={alertFigures(alert, trans)}
          >
            {safeText(alert.summary)}
          </span>
          <span
            className="mlops-mod-hint"
            title={at === null ? undefined : formatExact(at)}
          >
            {at === null ? '' : formatRelative(at, now, trans)}
            {' · '}
            {trans._n(
              '%1 evaluation',
              '%1 evaluations',
              alert.evaluations.length,
              alert.evaluations.length
            )}
          </span>
        </span>
      </div>
      {isGone ? (
        <p className="mlops-mod-hint" role="status">
          {trans.__('Somebody has decided meanwhile. Open the monitor to see.')}
        </p>
      ) : null}
      {isOpen ? (
        <Decide
          alert={alert}
          refresh={refresh}
          onDecide={decision => actions.decide(alert, decision)}
          onWriting={onWriting}
          trans={trans}
        />
      ) : (
        <button
          type="button"
          className="mlops-Button"
          onClick={() => setOpen(true)}
        >
          {trans.__('Decide…')}
        </button>
      )}
    </li>
  );
}
