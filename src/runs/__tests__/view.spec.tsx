import { nullTranslator } from '@jupyterlab/translation';
import type { IStateDB } from '@jupyterlab/statedb';
import { CommandRegistry } from '@lumino/commands';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { aNode, aRun, FakeServer, settle } from '../../api/__tests__/fakes';
import type { Client } from '../../api/client';
import { RunStore } from '../../api/runs';
import { RuntimeStore } from '../../api/runtimes';
import type { IMlopsApi } from '../../api/tokens';
import { REASONS, STATES } from '../../model/run';
import type { Run } from '../../model/run';
import { RunActions } from '../actions';
import { RunsModel } from '../model';
import { RunsView } from '../view';

const trans = nullTranslator.load('mlops_ext');
const HOSTILE = '"><img src=x onerror=alert(1)>\u202e\u0000</script>';

let root: Root;
let box: HTMLElement;

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
});

afterEach(() => {
  act(() => root.unmount());
  box.remove();
});

async function show(runs: Run[], db: IStateDB | null = null) {
  const server = new FakeServer();
  runs.forEach(run => server.add(run));
  const store = new RunStore({ client: server, standby: 'never' });
  const client = {
    now: () => Date.parse('2026-11-23T10:05:00.000Z'),
    runtimes: () => Promise.resolve([]),
    runPipelines: () => Promise.resolve(['old.pipeline']),
    log: () =>
      Promise.resolve({
        text: `\u001b[31m${HOSTILE}\u001b[0m\n`,
        offset: 0,
        next: 10,
        size: 10,
        complete: true
      })
  } as unknown as Client;
  const runtimes = new RuntimeStore(client, 'Local');
  const api = { client, runs: store, runtimes } as IMlopsApi;
  const commands = new CommandRegistry();
  const executed: unknown[][] = [];
  for (const id of [
    'mlops:new-pipeline',
    'mlops:open-run',
    'mlops:open-executed'
  ]) {
    commands.addCommand(id, {
      describedBy: { args: {} },
      execute: args => {
        executed.push([id, args]);
      }
    });
  }
  const model = new RunsModel(store, db);
  const actions = new RunActions(api, commands, trans);
  act(() =>
    root.render(
      <RunsView model={model} api={api} actions={actions} trans={trans} />
    )
  );
  await act(async () => {
    await model.restore();
    await settle();
  });
  return { server, store, model, executed };
}

const find = (selector: string) => box.querySelector<HTMLElement>(selector);
const all = (selector: string) =>
  Array.from(box.querySelectorAll<HTMLElement>(selector));

async function click(element: HTMLElement | null | undefined) {
  expect(element).toBeTruthy();
  await act(async () => {
    element?.click();
    await settle();
  });
}

function button(text: string): HTMLElement | undefined {
  return all('button').find(element => element.textContent === text);
}

function press(key: string) {
  act(() => {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true })
    );
  });
}

describe('RunsView', () => {
  it('teaches the next step when there is nothing', async () => {
    const { executed } = await show([]);
    expect(box.textContent).toContain('No runs yet.');
    await click(button('New pipeline'));
    expect(executed[0][0]).toBe('mlops:new-pipeline');
  });

  it('shows each state as icon, word and colour', async () => {
    await show(
      STATES.map((state, index) =>
        aRun(`r${index}`, {
          state,
          created: `2026-11-23T10:0${index}:00.000Z`,
          nodes: { a: aNode({ state }) }
        })
      )
    );
    expect(all('[data-mlops-run]')).toHaveLength(STATES.length);
    for (const row of all('[data-mlops-run]')) {
      const state = row.dataset.state ?? '';
      expect(
        row.querySelector(`.mlops-StateIcon.mlops-state-${state} svg`)
      ).toBeTruthy();
      expect(
        row.querySelector('.mlops-Run-state')?.textContent?.toLowerCase()
      ).toBe(state);
    }
  });

  it('takes hostile text as text', async () => {
    const { model } = await show([
      aRun('r', {
        pipeline: `${HOSTILE}.pipeline`,
        state: 'failed',
        runtime: HOSTILE,
        parameters: { [HOSTILE]: HOSTILE },
        directory: HOSTILE,
        source: { commit: HOSTILE, dirty: true },
        provenance: { [HOSTILE]: HOSTILE, python: HOSTILE },
        nodes: {
          n: aNode({
            label: HOSTILE,
            state: 'failed',
            reason: HOSTILE,
            attempts: 1,
            results: { [HOSTILE]: HOSTILE, long: HOSTILE.repeat(9) },
            outputs: { [HOSTILE]: { sha256: null, bytes: null } },
            error: {
              code: HOSTILE,
              message: HOSTILE,
              hint: HOSTILE,
              cell: null,
              exit_code: null
            }
          })
        }
      })
    ]);
    await act(async () => {
      model.setOpen({ run: 'r' }, true);
      await settle();
      model.setOpen({ run: 'r', node: 'n' }, true);
      await settle();
    });
    expect(box.querySelectorAll('img, script')).toHaveLength(0);
    expect(box.textContent).toContain('<img src=x onerror=alert(1)>⟨U+202E⟩␀');
    const titles = all('[title]').map(element => element.title);
    for (const shown of [box.textContent ?? '', ...titles]) {
      expect(shown.includes('\u202e')).toBe(false);
      expect(shown.includes('\u0000')).toBe(false);
    }
  });

  it('says why, for every state and reason', async () => {
    const nodes = STATES.flatMap(state =>
      [null, ...(REASONS[state] ?? [])].map(reason =>
        aNode({ state, reason, label: `${state} ${reason}` })
      )
    );
    const { model } = await show([
      aRun('r', {
        nodes: Object.fromEntries([
          ...nodes.map((node, index) => [`n${index}`, node]),
          ['reused', aNode({ state: 'succeeded', reused: true })]
        ]) as Run['nodes']
      })
    ]);
    await act(async () => {
      model.setOpen({ run: 'r' }, true);
      await settle();
      for (const id of [...nodes.keys()]) {
        model.setOpen({ run: 'r', node: `n${id}` }, true);
      }
      model.setOpen({ run: 'r', node: 'reused' }, true);
      await settle();
    });
    const sentences = all('.mlops-Why').map(why => why.textContent);
    // All but running and succeeded, which need no explanation.
    expect(sentences).toHaveLength(nodes.length - 2 + 1);
    expect(new Set(sentences).size).toBe(sentences.length - 1);
    expect(sentences).toContain('Not run again: nothing it reads has changed.');
  });

  it('opens a run and a node of it in place, with what they made', async () => {
    const { executed } = await show([
      aRun('r', {
        state: 'succeeded',
        parameters: { cutoff: 0.5 },
        nodes: {
          train: aNode({
            state: 'succeeded',
            attempts: 1,
            results: { auc: 0.93456789, name: 'x' },
            outputs: { 'out/model.joblib': { sha256: 'x', bytes: 2048 } },
            notebook: 'train/1/notebook.ipynb',
            log: 'train/1/log.txt'
          })
        }
      })
    ]);
    await click(find('[data-mlops-place="r"]'));
    expect(find('[data-mlops-place="r"]')?.getAttribute('aria-expanded')).toBe(
      'true'
    );
    expect(box.textContent).toContain('About this run');
    await click(find('[data-mlops-place="r/train"]'));
    expect(find('.mlops-Results')?.textContent).toContain('0.934568');
    expect(box.textContent).toContain('model.joblib');
    expect(box.textContent).toContain('2.0 KB');
    await click(button('Open notebook'));
    await click(button('Log'));
    await act(() => new Promise(resolve => setTimeout(resolve, 50)));
    expect(find('[role=log]')?.textContent).toContain('<img');
    await click(button('Show on canvas'));
    expect(executed).toEqual([
      ['mlops:open-executed', { run: 'r', node: 'train' }],
      ['mlops:open-run', { id: 'r' }]
    ]);
  });

  it('stops and runs again, and follows what comes of it', async () => {
    const { server } = await show([aRun('r', { state: 'running' })]);
    await click(find('[aria-label="Stop"]'));
    expect(find('[data-mlops-run="r"]')?.dataset.state).toBe('cancelled');
    await click(find('[aria-label="Run again"]'));
    expect(server.asked).toContain('start');
    expect(find('[data-mlops-run="new"]')).toBeTruthy();
  });

  it('is used by keyboard', async () => {
    await show([aRun('b', { created: '2026-11-23T10:01:00.000Z' }), aRun('a')]);
    const places = () => all('[data-mlops-place]');
    expect(places().map(place => place.tabIndex)).toEqual([0, -1]);
    const at = () => document.activeElement?.getAttribute('data-mlops-place');
    act(() => places()[0].focus());
    press('ArrowDown');
    expect(at()).toBe('a');
    press('ArrowRight');
    await act(settle);
    press('ArrowRight');
    expect(at()).toBe('a/load');
    press('ArrowLeft');
    expect(at()).toBe('a');
    press('ArrowLeft');
    expect(places()).toHaveLength(2);
    press('Home');
    expect(at()).toBe('b');
    expect(places().map(place => place.tabIndex)).toEqual([0, -1]);
    press('End');
    expect(at()).toBe('a');
  });

  it('holds new runs back while one reads further down', async () => {
    const { server, store } = await show([aRun('a')]);
    const scroll = find('.mlops-Runs-scroll');
    act(() => {
      scroll!.scrollTop = 100;
      scroll!.dispatchEvent(new Event('scroll'));
    });
    server.add(aRun('b', { created: '2026-11-23T11:00:00.000Z' }));
    await act(() => store.refresh());
    expect(find('[data-mlops-run="b"]')).toBeNull();
    await click(button('1 new runs') ?? button('1 new run'));
    expect(find('[data-mlops-run="b"]')).toBeTruthy();
  });

  it('remembers its filter', async () => {
    const saved = new Map<string, unknown>([
      ['mlops-ext:runs', { state: 'failed', runtime: 7 }]
    ]);
    const db = {
      fetch: (key: string) => Promise.resolve(saved.get(key)),
      save: (key: string, value: unknown) => {
        saved.set(key, value);
        return Promise.resolve();
      }
    } as unknown as IStateDB;
    await show([aRun('a', { state: 'succeeded' })], db);
    expect(find('[data-mlops-run]')).toBeNull();
    expect(box.textContent).toContain('No run is like that.');
    await click(button('Show all runs'));
    expect(find('[data-mlops-run="a"]')).toBeTruthy();
    expect(saved.get('mlops-ext:runs')).toEqual({});
  });

  it('leads to a run that one asks for', async () => {
    const { model } = await show([
      aRun('a'),
      aRun('b', { created: '2026-11-23T10:01:00.000Z' })
    ]);
    await act(async () => {
      await model.show({ run: 'a', node: 'train' });
      await settle();
    });
    expect(
      find('[data-mlops-place="a/train"]')?.getAttribute('aria-expanded')
    ).toBe('true');
  });
});
