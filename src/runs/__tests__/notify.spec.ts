import type { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import { aNode, aRun, FakeServer, settle } from '../../api/__tests__/fakes';
import { RunStore } from '../../api/runs';
import { Notifier } from '../notify';

type Told = { message: string; type: string; actions: Notification.IAction[] };

function setUp(threshold = 10) {
  const server = new FakeServer();
  const runs = new RunStore({ client: server, standby: 'never' });
  const commands = new CommandRegistry();
  const executed: unknown[][] = [];
  for (const id of ['mlops:show-run', 'mlops:open-executed']) {
    commands.addCommand(id, {
      describedBy: { args: {} },
      execute: args => {
        executed.push([id, args]);
      }
    });
  }
  const told: Told[] = [];
  const notifier = new Notifier({
    runs,
    commands,
    threshold: () => threshold,
    trans: nullTranslator.load('mlops_ext'),
    emit: (message, type, options) => {
      const actions = [...(options?.actions ?? [])];
      told.push({ message, type: type ?? '', actions });
      return '';
    }
  });
  return { server, runs, told, executed, notifier };
}

describe('Notifier', () => {
  it('tells of a long run that was seen running', async () => {
    const { server, runs, told, executed } = setUp();
    server.add(aRun('a', { state: 'running' }));
    await runs.refresh();
    server.commit('a', null, { state: 'succeeded', seconds: 12 });
    await runs.refresh();
    await settle();
    expect(told).toHaveLength(1);
    expect(told[0].message).toBe('churn succeeded after 12 s.');
    told[0].actions[0].callback(new MouseEvent('click'));
    expect(executed).toEqual([['mlops:show-run', { id: 'a' }]]);
  });

  it('says which node failed, and leads to its notebook', async () => {
    const { server, runs, told, executed } = setUp();
    const failed = aNode({
      state: 'failed',
      notebook: 'train/1/notebook.ipynb',
      error: {
        code: 'cell-error',
        message: "KeyError: 'age'",
        hint: '',
        cell: 7,
        exit_code: null
      }
    });
    server.add(aRun('a', { state: 'running', nodes: { Train: aNode() } }));
    await runs.refresh();
    server.commit('a', 'Train', failed);
    server.commit('a', null, { state: 'failed', seconds: 60 });
    await runs.refresh();
    await settle();
    expect(told[0].type).toBe('error');
    expect(told[0].message).toBe(
      "churn: Train failed in cell 7: KeyError: 'age'"
    );
    told[0].actions[1].callback(new MouseEvent('click'));
    expect(executed).toEqual([
      ['mlops:open-executed', { run: 'a', node: 'Train' }]
    ]);
  });

  it.each([
    ['short', { state: 'succeeded', seconds: 9 }, 10],
    ['stopped', { state: 'cancelled', seconds: 99 }, 10],
    ['unwanted', { state: 'succeeded', seconds: 99 }, -1]
  ] as const)('is silent about a run that is %s', async (_, end, threshold) => {
    const { server, runs, told } = setUp(threshold);
    server.add(aRun('a', { state: 'running' }));
    await runs.refresh();
    server.commit('a', null, end);
    await runs.refresh();
    await settle();
    expect(told).toEqual([]);
  });

  it('is silent about runs that were over before, and after its end', async () => {
    const { server, runs, told, notifier } = setUp();
    server.add(aRun('a', { state: 'succeeded', seconds: 99 }));
    server.add(aRun('b', { state: 'running' }));
    await runs.refresh();
    notifier.dispose();
    server.commit('b', null, { state: 'succeeded', seconds: 99 });
    await runs.refresh();
    await settle();
    expect(told).toEqual([]);
  });
});
