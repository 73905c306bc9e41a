/** A monitor in the panel: how it stands, its main check, its last batch, its alert. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { runIcon } from '@jupyterlab/ui-components';
import React, { memo } from 'react';

import type { MonitorSummary } from '../model/monitor';
import { safeLine } from '../ui/safetext';
import { formatExact, formatRelative, parseTime } from '../ui/time';
import type { MonitorActions } from './actions';
import { measureWords } from './measurewords';
import { Spark } from './spark';
import { StandingIcon } from './standing';
import {
  alertStateWord,
  batchName,
  standingSentence,
  standingWord
} from './words';
import type { Standing } from './words';

export interface IMonitorRowProps {
  monitor: MonitorSummary;
  now: number;
  isTabStop: boolean;
  actions: MonitorActions;
  trans: TranslationBundle;
}

/** How a monitor stands, as a list shows it. */
export function standingOf(monitor: MonitorSummary): Standing {
  if (monitor.evaluating) {
    return 'running';
  }
  return monitor.issues > 0 ? 'error' : (monitor.status ?? 'none');
}

export const MonitorRow = memo(function MonitorRow(
  props: IMonitorRowProps
): React.JSX.Element {
  const { monitor, actions, isTabStop, trans } = props;
  const { path } = monitor;
  const standing = standingOf(monitor);
  const main = monitor.main ?? '';
  const title =
    monitor.issues > 0
      ? trans.__('Its file has errors: open it to see them.')
      : standingSentence(standing, trans);
  return (
    <li
      className="mlops-Monitor"
      data-mlops-monitor={path}
      data-state={standing}
    >
      <button
        type="button"
        className="mlops-Monitor-open"
        tabIndex={isTabStop ? 0 : -1}
        onClick={() => void actions.open(path)}
      >
        <StandingIcon standing={standing} />
        <span className="mlops-Monitor-lines">
          <span className="mlops-Monitor-line">
            <span className="mlops-Monitor-name" title={safeLine(path)}>
              <bdi>{safeLine(monitor.name)}</bdi>
            </span>
            <Spark
              points={monitor.spark}
              name={measureWords(main, trans).name}
              trans={trans}
            />
          </span>
          <span className="mlops-Monitor-second" title={title}>
            <span className="mlops-Monitor-word">
              {standingWord(standing, trans)}
            </span>
            <LastBatch {...props} />
          </span>
          {monitor.alert ? (
            <span
              className="mlops-Monitor-alert"
              data-state={monitor.alert.state}
            >
              {trans.__(
                'Alert: %1',
                alertStateWord(monitor.alert.state, trans).toLowerCase()
              )}
            </span>
          ) : null}
        </span>
      </button>
      <button
        type="button"
        className="mlops-IconButton mlops-Monitor-evaluate"
        tabIndex={isTabStop ? 0 : -1}
        disabled={monitor.evaluating || monitor.issues > 0}
        title={trans.__('Evaluate the newest batch')}
        aria-label={trans.__(
          'Evaluate the newest batch of %1',
          safeLine(monitor.name)
        )}
        onClick={() => void actions.evaluate(path)}
      >
        <runIcon.react tag="span" width="16px" />
      </button>
    </li>
  );
});

function LastBatch(props: IMonitorRowProps): React.JSX.Element | null {
  const { monitor, now, trans } = props;
  const { last } = monitor;
  const at = parseTime(last?.time);
  if (!last || at === null) {
    return null;
  }
  return (
    <span className="mlops-Monitor-batch" title={formatExact(at)}>
      {trans.__(
        '%1 · %2',
        batchName(last.batch),
        formatRelative(at, now, trans)
      )}
    </span>
  );
}
