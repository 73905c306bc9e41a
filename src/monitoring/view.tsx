/** The Monitoring panel as a picture of the store: what waits, and every monitor. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import { safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { useNow } from '../ui/time';
import type { MonitorActions } from './actions';
import { FOCUS_HOME } from './decide';
import { Inbox } from './inbox';
import { MonitorRow } from './row';

const HALF_A_MINUTE = 30_000;

export interface IMonitoringViewProps {
  actions: MonitorActions;
  clock: () => number;
  trans: TranslationBundle;
}

export function MonitoringView(props: IMonitoringViewProps): React.JSX.Element {
  const { actions, clock, trans } = props;
  const { store } = actions;
  const monitors = useSignal(store.changed, () => store.known);
  const failure = useSignal(store.changed, () => store.failure);
  const isReady = useSignal(store.changed, () => store.isReady);
  const now = useNow(HALF_A_MINUTE, true, clock);
  return (
    <div className={`mlops-SidePanel-scroll ${FOCUS_HOME}`} tabIndex={-1}>
      {failure !== null ? (
        <p className="mlops-Monitoring-problem" role="status">
          {safeText(failure)}
        </p>
      ) : null}
      <Inbox actions={actions} now={now} trans={trans} />
      {monitors.length > 0 ? (
        <Monitors {...props} now={now} />
      ) : isReady ? (
        <Empty {...props} />
      ) : (
        <p className="mlops-Empty mlops-mod-late mlops-Monitoring-reading">
          {failure === null ? trans.__('Looking for monitors…') : ''}
        </p>
      )}
    </div>
  );
}

function Monitors(
  props: IMonitoringViewProps & { now: number }
): React.JSX.Element {
  const { actions, now, trans } = props;
  const { store } = actions;
  const monitors = useSignal(store.changed, () => store.known);
  const [current, setCurrent] = useState<string | null>(null);
  const stop = monitors.some(({ path }) => path === current)
    ? current
    : monitors[0].path;
  return (
    <ul
      className="mlops-Monitoring-list"
      aria-label={trans.__('Monitors')}
      onFocus={event => setCurrent(pathOf(event.target) ?? current)}
      onKeyDown={moveFocus}
    >
      {monitors.map(monitor => (
        <MonitorRow
          key={monitor.path}
          monitor={monitor}
          now={now}
          isTabStop={monitor.path === stop}
          actions={actions}
          trans={trans}
        />
      ))}
    </ul>
  );
}

function Empty(props: IMonitoringViewProps): React.JSX.Element {
  const { actions, trans } = props;
  return (
    <div className="mlops-Monitoring-empty">
      <h3>{trans.__('Is your model still right?')}</h3>
      <p>
        {trans.__(
          'A model is made on yesterday’s data and used on today’s. A monitor compares each new batch with a baseline: whether the data has changed, whether the answers are still right, whether groups are treated alike. When something is beyond its bounds, it asks you.'
        )}
      </p>
      <button
        type="button"
        className="mlops-Button mlops-mod-main"
        onClick={() => void actions.create()}
      >
        {trans.__('Monitor a data file…')}
      </button>
      <p className="mlops-mod-hint">
        {trans.__(
          'A CSV, Parquet or JSON lines file of rows that the model has scored. Its columns are recognised; you check them.'
        )}
      </p>
      <button
        type="button"
        className="mlops-Link"
        onClick={() => void actions.newProject()}
      >
        {trans.__('Or look at an example: a model with its four pipelines')}
      </button>
    </div>
  );
}

function pathOf(target: EventTarget): string | null {
  return target instanceof Element
    ? (target
        .closest('[data-mlops-monitor]')
        ?.getAttribute('data-mlops-monitor') ?? null)
    : null;
}

/** Up and down lead from monitor to monitor, Home and End to the ends. */
function moveFocus(event: React.KeyboardEvent<HTMLUListElement>): void {
  const rows = [
    ...event.currentTarget.querySelectorAll<HTMLElement>('.mlops-Monitor-open')
  ];
  const row = (event.target as Element).closest('[data-mlops-monitor]');
  const at = rows.findIndex(one => row?.contains(one));
  const next = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: rows.length - 1
  }[event.key];
  if (at >= 0 && next !== undefined && rows[next]) {
    event.preventDefault();
    rows[next].focus();
  }
}
