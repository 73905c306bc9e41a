import { nullTranslator } from '@jupyterlab/translation';
import type { IStateDB } from '@jupyterlab/statedb';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { settle } from '../../api/__tests__/fakes';
import type { Client, Deployment, Runtime, TestStep } from '../../api/client';
import { DeploymentStore } from '../../api/deployments';
import { RuntimeStore } from '../../api/runtimes';
import type { IMlopsApi } from '../../api/tokens';
import type { RuntimeDocument } from '../../model/runtime';
import { RuntimesModel } from '../model';
import { RuntimesView } from '../view';

const trans = nullTranslator.load('mlops_ext');
const HOSTILE = '"><img src=x onerror=alert(1)>';
const LOCAL: Runtime = {
  name: 'local',
  kind: 'local',
  label: trans.__('Local'),
  description: '',
  url: null
};
const PROD: RuntimeDocument = {
  version: 1,
  kind: 'airflow',
  description: '',
  url: 'https://airflow.example.org',
  auth: { kind: 'password', user: 'ci', secret: 'airflow-prod' },
  tls: { verify: true, ca: null },
  delivery: { kind: 'folder', path: '/dags' },
  files: { url: 'file:///files', connection: null },
  python: null,
  queue: null,
  pool: null,
  retries: null,
  poll_seconds: 2
};

/** A server of runtimes that notes what it is told. */
class Server {
  readonly documents = new Map<string, RuntimeDocument>();
  readonly secretsSet: [string, string][] = [];
  readonly paused: unknown[] = [];
  steps: TestStep[] = [];
  tested: unknown[] = [];
  deployed: Deployment[] = [];

  now = () => Date.parse('2026-11-23T10:05:00.000Z');
  runtimes = () =>
    Promise.resolve([
      LOCAL,
      ...[...this.documents].map(([name, { url }]) => ({
        name,
        kind: 'airflow',
        label: name,
        description: '',
        url
      }))
    ]);
  runtime = (name: string) => Promise.resolve(this.documents.get(name));
  saveRuntime = (name: string, document: RuntimeDocument) => {
    this.documents.set(name, document);
    return Promise.resolve();
  };
  removeRuntime = (name: string) => {
    this.documents.delete(name);
    return Promise.resolve();
  };
  secrets = () =>
    Promise.resolve({
      where: 'Secrets are kept in a file. They are not encrypted.',
      names: this.secretsSet.map(([name]) => ({ name, changed: null }))
    });
  setSecret = (name: string, value: string) => {
    this.secretsSet.push([name, value]);
    return Promise.resolve();
  };
  testRuntime = (
    name: string,
    document: RuntimeDocument | null,
    onStep: (step: TestStep) => void
  ) => {
    this.tested.push([name, document]);
    this.steps.forEach(onStep);
    return Promise.resolve();
  };
  deployments = () => Promise.resolve(this.deployed);
  setPaused = (...args: unknown[]) => {
    this.paused.push(args);
    return Promise.resolve();
  };
}

let root: Root;
let box: HTMLElement;
let server: Server;
let model: RuntimesModel;
let kept: Map<string, unknown>;

beforeAll(() => {
  (
    globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
  ).IS_REACT_ACT_ENVIRONMENT = true;
  Element.prototype.scrollIntoView = () => undefined;
});

beforeEach(() => {
  box = document.createElement('div');
  document.body.appendChild(box);
  root = createRoot(box);
  server = new Server();
  kept = new Map();
});

afterEach(() => {
  act(() => root.unmount());
  box.remove();
});

async function show(): Promise<void> {
  const client = server as unknown as Client;
  const runtimes = new RuntimeStore(client, 'Local');
  const db = {
    fetch: (key: string) => Promise.resolve(kept.get(key)),
    save: (key: string, value: unknown) => {
      kept.set(key, value);
      return Promise.resolve();
    }
  } as unknown as IStateDB;
  model = new RuntimesModel(
    {
      client,
      runtimes,
      deployments: new DeploymentStore(client)
    } as unknown as IMlopsApi,
    db,
    trans
  );
  act(() =>
    root.render(<RuntimesView model={model} onOpenPipeline={() => undefined} />)
  );
  await act(async () => {
    await model.restore();
    await settle();
  });
}

const find = (selector: string) => box.querySelector<HTMLElement>(selector);

async function press(label: string): Promise<void> {
  const button = Array.from(box.querySelectorAll('button')).find(
    ({ textContent }) => textContent === label
  );
  expect(button).toBeTruthy();
  await act(async () => {
    button?.click();
    await settle();
  });
}

async function type(field: string, text: string): Promise<void> {
  const input = find(`[data-mlops-field="${field}"]`) as HTMLInputElement;
  expect(input).toBeTruthy();
  await act(async () => {
    const { set } = Object.getOwnPropertyDescriptor(
      HTMLInputElement.prototype,
      'value'
    )!;
    set!.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await settle();
  });
}

const step = (name: string, state: TestStep['state'], message = '') => ({
  step: name,
  state,
  message,
  hint: state === 'failed' ? 'Type the password again.' : '',
  seconds: 0.1
});

async function fill(): Promise<void> {
  await type('name', 'prod');
  await type('url', 'https://airflow.example.org');
  await type('user', 'ci');
  await type('secret', 's3cret-word');
  await type('path', '/dags');
  await type('filesUrl', 'file:///files');
}

describe('the Runtimes panel', () => {
  it('teaches when there is none, and says what is missing', async () => {
    await show();
    expect(box.textContent).toContain('This machine, built in');
    expect(box.textContent).toContain('the same pipelines run there');
    await press('Add an Airflow');
    expect(find('[aria-invalid]')).toBeNull();
    await press('Save');
    expect(box.querySelectorAll('[aria-invalid]')).toHaveLength(5);
    expect(document.activeElement?.getAttribute('data-mlops-field')).toBe(
      'name'
    );
  });

  it('keeps a runtime, and its password apart from it', async () => {
    await show();
    await press('Add an Airflow');
    expect(box.textContent).toContain('not encrypted');
    await fill();
    await press('Save');
    expect(server.documents.get('prod')).toEqual(PROD);
    expect(server.secretsSet).toEqual([['airflow-prod', 's3cret-word']]);
    expect(JSON.stringify([...server.documents, ...kept])).not.toContain(
      's3cret-word'
    );
    expect(find('[data-mlops-runtime="prod"]')?.dataset.state).toBe('none');
  });

  it('never loses what was typed without a question', async () => {
    await show();
    await press('Add an Airflow');
    await type('name', 'prod');
    const back = find('.mlops-Runtimes-back button');
    await act(async () => {
      back?.click();
      await settle();
    });
    expect(model.isDirty).toBe(true);
    expect(box.textContent).toContain('A new Airflow is not saved.');
    await press('Go on');
    expect((find('[data-mlops-field="name"]') as HTMLInputElement).value).toBe(
      'prod'
    );
  });

  it('ticks the steps off, and leads to what fails', async () => {
    server.documents.set('prod', PROD);
    server.steps = [
      step('reach', 'running'),
      step('reach', 'ok', 'It answers.'),
      step('version', 'ok', 'Airflow 3.3.2.'),
      step('sign-in', 'failed', `The password is wrong ${HOSTILE}.`)
    ];
    await show();
    await press('Test');
    const states = Array.from(
      box.querySelectorAll<HTMLElement>('[data-mlops-step]')
    ).map(({ dataset }) => [dataset.mlopsStep, dataset.state]);
    expect(states).toEqual([
      ['reach', 'ok'],
      ['version', 'ok'],
      ['sign-in', 'failed'],
      ['rights', 'skipped'],
      ['delivery', 'skipped'],
      ['files', 'skipped']
    ]);
    expect(box.textContent).toContain('Type the password again.');
    expect(find('img')).toBeNull();
    expect(find('[data-mlops-runtime="prod"]')?.dataset.state).toBe('failed');

    // It is remembered, as long as the address is the same.
    act(() => root.unmount());
    root = createRoot(box);
    await show();
    expect(find('[data-mlops-runtime="prod"]')?.dataset.state).toBe('failed');
    await act(async () => {
      server.documents.set('prod', { ...PROD, url: 'https://b.example.org' });
      await model.api.runtimes.refresh();
    });
    expect(find('[data-mlops-runtime="prod"]')?.dataset.state).toBe('none');
  });

  it('tests what is typed, and what was tested stays tested', async () => {
    server.steps = [
      'reach',
      'version',
      'sign-in',
      'rights',
      'delivery',
      'files'
    ].map(name => step(name, 'ok'));
    await show();
    await press('Add an Airflow');
    await fill();
    await press('Test');
    expect(server.tested).toEqual([['prod', PROD]]);
    expect(server.documents.size).toBe(0);
    expect(box.textContent).toContain('Everything works.');
    await press('Save');
    expect(find('[data-mlops-runtime="prod"]')?.dataset.state).toBe('ok');
  });

  it('goes on with a test of what is saved meanwhile', async () => {
    let finish: () => void = () => undefined;
    await show();
    server.testRuntime = (name, _, onStep) => {
      onStep(step('reach', 'ok'));
      return new Promise(resolve => {
        finish = () => {
          onStep(step('files', 'ok'));
          resolve();
        };
      });
    };
    await press('Add an Airflow');
    await fill();
    await press('Test');
    await press('Save');
    const row = () => find('[data-mlops-runtime="prod"]')?.dataset.state;
    expect(row()).toBe('running');
    await act(async () => {
      finish();
      await settle();
    });
    expect(row()).toBe('ok');
  });

  it('asks for the password again at another address', async () => {
    server.documents.set('prod', PROD);
    server.secretsSet.push(['airflow-prod', 'x']);
    await show();
    await press('Edit');
    expect(box.textContent).not.toContain('another address');
    await type('url', 'https://other.example.org');
    expect(box.textContent).toContain('It was entered for another address.');
  });

  it('shows what was delivered, and pauses it', async () => {
    server.documents.set('prod', PROD);
    server.deployed = [
      {
        pipeline: 'churn.pipeline',
        workspace: 'work',
        dag_id: 'churn-1a2b',
        paused: false,
        schedule: { cron: '0 6 * * *', timezone: 'Europe/Berlin' },
        package: null,
        step: null,
        message: null,
        problem: {
          code: 'airflow-import',
          message: 'Airflow cannot read it.',
          hint: null,
          since: null
        },
        url: 'javascript:alert(1)',
        pinned: false
      }
    ];
    await show();
    await act(() => new Promise(resolve => setTimeout(resolve, 20)));
    const row = find('[data-mlops-dag="churn-1a2b"]');
    expect(row?.textContent).toContain('Every day at 06:00 (Europe/Berlin)');
    expect(row?.textContent).toContain('Airflow cannot read it.');
    expect(row?.querySelector('a')).toBeNull();
    const toggle = row?.querySelector<HTMLElement>('[role=switch]');
    expect(toggle?.getAttribute('aria-checked')).toBe('true');
    await act(async () => {
      toggle?.click();
      await settle();
    });
    expect(server.paused).toEqual([['prod', 'churn-1a2b', true]]);
    expect(toggle?.getAttribute('aria-checked')).toBe('false');
  });
});
