import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { settle } from '../../api/__tests__/fakes';
import { MonitorStore } from '../../api/monitors';
import { MonitorActions } from '../actions';
import { CommandIDs } from '../commandids';
import { AlertNotifier } from '../notify';
import { AlertsStatus } from '../status';
import { MonitoringView } from '../view';
import { aMonitor, anAlert, FakeMonitors } from './fakes';

const trans = nullTranslator.load('mlops_ext');
const HOSTILE = '"><img src=x onerror=alert(1)>';

let root: Root;
let box: HTMLElement;
let server: FakeMonitors;
let store: MonitorStore;
let commands: CommandRegistry;
let executed: unknown[][];

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  box = document.createElement('div');
  document.body.append(box);
  root = createRoot(box);
  server = new FakeMonitors();
  store = new MonitorStore({ client: server.client, standby: 'never' });
  commands = new CommandRegistry();
  executed = [];
  for (const id of Object.values(CommandIDs)) {
    commands.addCommand(id, {
      describedBy: { args: {} },
      execute: args => {
        executed.push([id, args]);
      }
    });
  }
});

afterEach(() => {
  act(() => root.unmount());
  store.dispose();
  box.remove();
});

async function show() {
  const actions = new MonitorActions(store, commands, trans);
  act(() =>
    root.render(
      <MonitoringView
        actions={actions}
        clock={() => Date.parse('2026-11-23T10:00:00.000Z')}
        trans={trans}
      />
    )
  );
  await act(async () => {
    await store.refresh();
    await settle();
  });
}

function button(text: string): HTMLButtonElement {
  const found = [...box.querySelectorAll('button')].find(
    one => one.textContent === text
  );
  if (!found) {
    throw new Error(`There is no button ${text}.`);
  }
  return found;
}

function type(text: string): void {
  const field = box.querySelector('textarea')!;
  const value = Object.getOwnPropertyDescriptor(
    HTMLTextAreaElement.prototype,
    'value'
  )!;
  act(() => {
    value.set!.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

async function submit() {
  await act(async () => {
    box
      .querySelector('form')!
      .dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
    await settle();
  });
}

it('teaches the next step where there is no monitor', async () => {
  await show();
  expect(box.textContent).toContain('Is your model still right?');
  act(() => button('Monitor a data file…').click());
  await settle();
  expect(executed).toEqual([[CommandIDs.create, {}]]);
});

it('shows a monitor with its state in words, and opens it', async () => {
  server.monitors = [
    aMonitor('a/churn.monitor', { status: 'alert', name: HOSTILE }),
    aMonitor('b.monitor', { status: 'no_labels' })
  ];
  await show();
  const rows = [...box.querySelectorAll<HTMLElement>('[data-mlops-monitor]')];
  expect(rows.map(row => row.dataset.mlopsMonitor)).toEqual([
    'a/churn.monitor',
    'b.monitor'
  ]);
  expect(rows[0].dataset.state).toBe('alert');
  expect(rows[0].textContent).toContain('Alert');
  expect(rows[1].textContent).toContain('No labels yet');
  expect(box.querySelector('img')).toBeNull();
  act(() => rows[0].querySelector('button')!.click());
  await settle();
  expect(executed).toEqual([[CommandIDs.open, { path: 'a/churn.monitor' }]]);
});

it('is never green because of an error in the file', async () => {
  server.monitors = [aMonitor('churn.monitor', { issues: 2, status: 'ok' })];
  await show();
  const row = box.querySelector<HTMLElement>('[data-mlops-monitor]')!;
  expect(row.dataset.state).toBe('error');
});

it('has one stop for Tab, and arrows lead from row to row', async () => {
  server.monitors = [aMonitor('a.monitor'), aMonitor('b.monitor')];
  await show();
  const [first, second] = box.querySelectorAll<HTMLElement>(
    '.mlops-Monitor-open'
  );
  expect([first.tabIndex, second.tabIndex]).toEqual([0, -1]);
  act(() => {
    first.focus();
    first.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true })
    );
  });
  expect(document.activeElement).toBe(second);
  expect(second.tabIndex).toBe(0);
});

it('asks why before it decides', async () => {
  server.monitors = [aMonitor('churn.monitor')];
  server.open = [anAlert('a1', { summary: HOSTILE })];
  await show();
  expect(box.querySelector('img')).toBeNull();
  act(() => button('Decide…').click());
  act(() => button('Dismiss').click());
  await submit();
  expect(server.decided).toEqual([]);
  expect(box.querySelector('[role="alert"]')?.textContent).toContain('why');
  type('  It was a holiday.  ');
  await submit();
  const decision = {
    action: 'dismiss',
    comment: 'It was a holiday.',
    until: null,
    seen: 0
  };
  expect(server.decided).toEqual([['a1', decision]]);
  expect(box.querySelector('.mlops-Inbox')).toBeNull();
});

it('keeps what was typed when somebody else was quicker', async () => {
  server.monitors = [aMonitor('churn.monitor')];
  server.open = [anAlert('a1')];
  server.refusal = 'The alert is dismissed.';
  await show();
  act(() => button('Decide…').click());
  act(() => button('Accept as new baseline').click());
  type('New customers.');
  await submit();
  expect(box.querySelector('[role="alert"]')?.textContent).toBe(
    'The alert is dismissed.'
  );
  expect(box.querySelector('textarea')!.value).toBe('New customers.');
});

it('says who was quicker, what they decided and why', async () => {
  server.monitors = [aMonitor('churn.monitor')];
  server.open = [anAlert('a1')];
  server.refusal = 'The alert is dismissed.';
  server.known = [
    anAlert('a1', {
      state: 'dismissed',
      decisions: [
        {
          id: 'd1',
          alert: 'a1',
          action: 'dismiss',
          comment: HOSTILE,
          user: 'Ada',
          at: '2026-11-23T09:59:00.000Z',
          origin: 'panel',
          run: null
        }
      ]
    })
  ];
  await show();
  act(() => button('Decide…').click());
  act(() => button('Dismiss').click());
  type('New customers.');
  await submit();
  const told = box.querySelector('[role="alert"]')?.textContent;
  expect(told).toMatch(
    /^Yours was not taken: Ada was faster, at .* \(Dismiss, “/
  );
  expect(told).toContain(HOSTILE);
  expect(box.querySelector('img')).toBeNull();
});

it('stays while one writes, though somebody else has decided', async () => {
  server.monitors = [aMonitor('churn.monitor')];
  server.open = [anAlert('a1')];
  await show();
  act(() => button('Decide…').click());
  act(() => button('Dismiss').click());
  type('New customers.');
  server.open = [];
  await act(async () => {
    await store.refresh();
  });
  expect(box.querySelector('textarea')!.value).toBe('New customers.');
  expect(box.textContent).toContain('Somebody has decided meanwhile.');
  act(() => button('Cancel').click());
  expect(box.querySelector('.mlops-Inbox')).toBeNull();
});

it('offers no retraining where no pipeline does it', async () => {
  server.monitors = [aMonitor('churn.monitor', { refresh: null })];
  server.open = [anAlert('a1')];
  await show();
  act(() => button('Decide…').click());
  expect(button('Retrain').disabled).toBe(true);
  expect(button('Retrain').title).toContain('names no refresh pipeline');
});

it('tells of an alert that opens, and not of those that were there', async () => {
  const told: string[] = [];
  const notifier = new AlertNotifier({
    store,
    commands,
    trans,
    emit: message => {
      told.push(message);
      return '';
    }
  });
  const status = new AlertsStatus(store, () => undefined, trans);
  server.open = [anAlert('old')];
  await store.refresh();
  expect(told).toEqual([]);
  expect(status.isActive).toBe(true);
  server.open = [anAlert('old'), anAlert('new')];
  await store.refresh();
  expect(told).toEqual(['churn: roc_auc is 0.71.']);
  // What was put off and is open again is told again.
  server.open = [];
  await store.refresh();
  expect(status.isActive).toBe(false);
  server.open = [anAlert('new')];
  await store.refresh();
  expect(told).toHaveLength(2);
  notifier.dispose();
  status.dispose();
});
