import type { Client, Deployment } from '../client';
import { DeploymentStore } from '../deployments';

const ENTRY: Deployment = {
  pipeline: 'a.pipeline',
  workspace: '',
  dag_id: 'a',
  paused: false,
  schedule: { cron: '0 6 * * *', timezone: 'UTC' },
  package: null,
  step: null,
  message: null,
  problem: null,
  url: null,
  pinned: false
};

/** A poll takes its turns. */
const settle = () => new Promise(resolve => setTimeout(resolve, 60));

describe('DeploymentStore', () => {
  let found: Deployment[] | Error;
  let told: unknown[][];
  let store: DeploymentStore;
  let changes: number;

  beforeEach(() => {
    found = [ENTRY];
    told = [];
    changes = 0;
    const note =
      (name: string) =>
      (...args: unknown[]) => {
        told.push([name, ...args]);
        return Promise.resolve();
      };
    store = new DeploymentStore({
      deployments: () =>
        found instanceof Error ? Promise.reject(found) : Promise.resolve(found),
      setPaused: note('pause'),
      schedulePipeline: note('schedule'),
      unschedule: note('off')
    } as unknown as Client);
    store.changed.connect(() => changes++);
  });

  it('asks as long as somebody watches, once for all of them', async () => {
    expect(store.known('local')).toBeNull();
    const first = store.watch('local');
    const second = store.watch('local');
    await settle();
    expect(store.known('local')).toEqual([ENTRY]);
    expect(changes).toBe(1);
    const before = store.known('local');
    await store.setPaused('local', 'a', true);
    await settle();
    expect(told).toEqual([['pause', 'local', 'a', true]]);
    // The same answer is the same object, and no news.
    expect(store.known('local')).toBe(before);
    expect(changes).toBe(1);
    first.dispose();
    found = [];
    await store.unschedule('local', 'a');
    await settle();
    expect(store.known('local')).toEqual([]);
    second.dispose();
    found = [ENTRY];
    await store.schedule('local', 'a.pipeline', null);
    await settle();
    expect(store.known('local')).toEqual([]);
  });

  it('keeps what it knows while the server does not answer', async () => {
    const watch = store.watch('local');
    await settle();
    found = new Error('It is away.');
    await store.setPaused('local', 'a', false);
    await settle();
    expect(store.failure('local')).toBe('It is away.');
    expect(store.known('local')).toEqual([ENTRY]);
    watch.dispose();
  });
});
