/** An open monitor below its toolbar: what it found, or what it checks. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect } from 'react';

import { useSignal } from '../ui/signals';
import type { MonitorSession } from './session';
import { MonitorForm } from './form';
import { Overview } from './overview';

export function MonitorScreen(props: {
  session: MonitorSession;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { session, trans } = props;
  const tab = useSignal(session.changed, () => session.tab);
  useEffect(() => {
    session.draft.isShown = tab === 'edit';
  }, [session, tab]);
  return (
    <div className="mlops-MonitorView-scroll">
      {tab === 'edit' ? (
        <MonitorForm
          draft={session.draft}
          onText={() => void session.actions.openText(session.path)}
          trans={trans}
        />
      ) : (
        <Overview
          desk={session.desk}
          actions={session.actions}
          tools={session.tools}
          clock={session.clock}
          onEdit={() => session.show('edit')}
          trans={trans}
        />
      )}
    </div>
  );
}

/** The two ways to look at a monitor, and what can be done with it, in its toolbar. */
export function MonitorBar(props: {
  session: MonitorSession;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { session, trans } = props;
  const { desk, actions } = session;
  const tab = useSignal(session.changed, () => session.tab);
  const detail = useSignal(desk.changed, () => desk.view.detail);
  const tabs = [
    ['overview', trans.__('Overview')],
    ['edit', trans.__('Edit')]
  ] as const;
  return (
    <div className="mlops-MonitorBar">
      <div
        className="mlops-MonitorBar-tabs"
        role="group"
        aria-label={trans.__('View')}
      >
        {tabs.map(([name, label]) => (
          <button
            key={name}
            type="button"
            className="mlops-Button"
            aria-pressed={tab === name}
            onClick={() => session.show(name)}
          >
            {label}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="mlops-Button"
        disabled={detail?.evaluating ?? true}
        title={trans.__('Evaluate the newest batch')}
        onClick={() => void actions.evaluate(session.path)}
      >
        {trans.__('Evaluate')}
      </button>
      <button
        type="button"
        className="mlops-Button"
        disabled={detail?.evaluating ?? true}
        title={trans.__('Evaluate every batch that was not yet')}
        onClick={() => void actions.evaluate(session.path, null, true)}
      >
        {trans.__('Evaluate all')}
      </button>
      <button
        type="button"
        className="mlops-Link"
        onClick={() => void actions.openText(session.path)}
      >
        {trans.__('Open as text')}
      </button>
    </div>
  );
}
