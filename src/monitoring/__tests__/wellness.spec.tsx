import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { MonitorStore } from '../../api/monitors';
import type { Alert, MonitorDetail } from '../../model/monitor';
import { MonitorActions } from '../actions';
import { Wellness } from '../wellness';
import { aMonitor, anAlert, FakeMonitors } from './fakes';

const trans = nullTranslator.load('mlops_ext');
const NOW = Date.parse('2026-11-23T10:00:00.000Z');

let root: Root;
let box: HTMLElement;
let store: MonitorStore;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  box = document.createElement('div');
  document.body.append(box);
  root = createRoot(box);
  const { client } = new FakeMonitors();
  store = new MonitorStore({ client, standby: 'never' });
});

afterEach(() => {
  act(() => root.unmount());
  store.dispose();
  box.remove();
});

function show(alert: Alert | null, more: Partial<MonitorDetail> = {}): void {
  const detail: MonitorDetail = {
    ...aMonitor('churn.monitor', { status: 'alert' }),
    document: null,
    sha256: null,
    checks: null,
    issues: [],
    batches: [],
    batches_total: 0,
    waiting: 0,
    versions: [],
    alerts: alert ? [alert] : [],
    decisions: [],
    ...more
  };
  act(() =>
    root.render(
      <Wellness
        detail={detail}
        last={null}
        alert={alert}
        actions={new MonitorActions(store, new CommandRegistry(), trans)}
        onWriting={() => undefined}
        now={NOW}
        trans={trans}
      />
    )
  );
}

it('says that a webhook could not be told, and why', () => {
  const message = 'hooks.example.org does not answer. <img src=x>';
  const at = '2026-11-23T09:58:00.000Z';
  show(anAlert('a1', { delivery: { state: 'failed', at, message } }));
  const problem = box.querySelector('.mlops-Monitoring-problem');
  expect(problem?.textContent).toContain('could not be told 2 min ago');
  expect(problem?.textContent).toContain(message);
  expect(box.querySelector('img')).toBeNull();
});

it('says that it was told, and nothing where nobody was to be', () => {
  const at = '2026-11-23T09:58:00.000Z';
  show(anAlert('a1', { delivery: { state: 'told', at, message: null } }));
  expect(box.textContent).toContain('Told by webhook 2 min ago.');
  show(anAlert('a1'));
  expect(box.textContent).not.toContain('webhook');
});

it('says when it is evaluated by itself, and that this machine must be up for it', () => {
  show(null);
  expect(box.textContent).toContain('evaluated when somebody asks');
  show(null, {
    schedule: {
      cron: '0 6 * * *',
      timezone: 'UTC',
      next: '2026-11-24T06:00:00.000Z',
      active: true
    }
  });
  const facts = box.querySelector('.mlops-Wellness-facts');
  expect(facts?.textContent).toContain('next');
  expect(facts?.textContent).toContain('Runs while JupyterLab');
  expect(
    box.querySelector('[role="switch"]')?.getAttribute('aria-checked')
  ).toBe('true');
});
