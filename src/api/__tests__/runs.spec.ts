import type { Event } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import * as fc from 'fast-check';

import { pipelinePath, RunStore } from '../runs';
import { aRun, FakeServer, problem, settle } from './fakes';

class Stream {
  readonly emitted = new Signal<this, Event.Emission>(this);
}

function setUp() {
  const server = new FakeServer();
  const stream = new Stream();
  const store = new RunStore({
    client: server,
    events: stream.emitted,
    standby: 'never'
  });
  const heard: string[][] = [];
  store.changed.connect((_, ids) => {
    heard.push(ids);
  });
  const emit = (event: unknown) => stream.emitted.emit(event as Event.Emission);
  return { server, store, heard, emit };
}

describe('RunStore', () => {
  it('folds the events of a run that it knows, one request each', async () => {
    const { server, store, emit, heard } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    server.asked.length = 0;
    emit(server.commit('a', 'load', { state: 'running' }));
    await settle();
    expect(store.get('a')?.nodes.load.state).toBe('running');
    expect(server.asked).toEqual(['events a 1']);
    expect(heard.flat()).toContain('a');
    store.dispose();
  });

  it('has one request in flight a run, then takes the rest together', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    server.asked.length = 0;
    let open: () => void = () => undefined;
    server.gate = new Promise(resolve => {
      open = resolve;
    });
    emit(server.commit('a', 'load', { state: 'running' }));
    for (let cell = 1; cell <= 20; cell += 1) {
      emit(server.commit('a', 'load', { cell }));
    }
    await settle();
    expect(server.asked).toHaveLength(1);
    open();
    server.gate = null;
    await settle();
    expect(store.get('a')).toEqual(server.run('a'));
    expect(server.asked.length).toBeLessThanOrEqual(2);
    store.dispose();
  });

  it('ignores news that it has already, and events of others', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a', { seq: 5 }));
    await store.load('a');
    server.asked.length = 0;
    emit({
      schema_id: 'https://events.mlops-ext.org/run/v1',
      run: 'a',
      seq: 4
    });
    emit({ schema_id: 'https://events.jupyter.org/x', run: 'b', seq: 1 });
    emit({ schema_id: 'https://events.mlops-ext.org/run/v1', run: 7 });
    await settle();
    expect(server.asked).toEqual([]);
    store.dispose();
  });

  it('takes news after it was told what it knew', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    const event = server.commit('a', 'load', { cell: 1 });
    emit(event);
    await settle();
    emit(event);
    emit(event);
    await settle();
    emit(server.commit('a', 'load', { cell: 2 }));
    await settle();
    expect(store.get('a')?.nodes.load.cell).toBe(2);
    store.dispose();
  });

  it('asks for the whole run where numbers are missing', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    server.commit('a', 'load', { state: 'running' });
    server.forgetEvents('a');
    emit(server.commit('a', 'load', { cell: 3 }));
    await settle();
    expect(store.get('a')).toEqual(server.run('a'));
    expect(server.asked).toContain('get a');
    store.dispose();
  });

  it('does not turn in circles when a number never comes', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    server.asked.length = 0;
    emit({
      schema_id: 'https://events.mlops-ext.org/run/v1',
      run: 'a',
      seq: 99
    });
    await settle();
    expect(server.asked).toEqual(['events a 1', 'get a']);
    store.dispose();
  });

  it('takes in runs that were started elsewhere', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('cli'));
    emit(server.commit('cli', null, { state: 'running' }));
    await settle();
    expect(store.known().map(run => run.id)).toEqual(['cli']);
    server.add(aRun('other', { created: '2026-11-23T11:00:00.000Z' }));
    await store.refresh();
    expect(store.known().map(run => run.id)).toEqual(['other', 'cli']);
    store.dispose();
  });

  it('finds after a cut what the stream did not say', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a', { state: 'running' }));
    await store.load('a');
    server.failure = problem(0);
    emit(server.commit('a', 'load', { state: 'failed' }));
    await settle();
    await expect(store.refresh()).rejects.toThrow();
    expect(store.isCut).toBe(true);
    expect(store.get('a')?.seq).toBe(1);
    server.commit('a', null, { state: 'failed' });
    server.failure = null;
    await store.refresh();
    await settle();
    expect(store.isCut).toBe(false);
    expect(store.get('a')).toEqual(server.run('a'));
    store.dispose();
  });

  it('loads a watched run as soon as it can', async () => {
    const { server, store } = setUp();
    server.add(aRun('a', { state: 'succeeded' }));
    await store.refresh();
    server.failure = problem(0);
    const watch = store.watch('a');
    await settle();
    expect(store.get('a')).toBeNull();
    server.failure = null;
    await store.refresh();
    await settle();
    expect(store.get('a')).toEqual(server.run('a'));
    watch.dispose();
    store.dispose();
  });

  it('looks after active runs that are not on the newest page', async () => {
    const { server, store } = setUp();
    server.pageSize = 1;
    server.add(aRun('old', { state: 'running' }));
    await store.load('old');
    server.add(
      aRun('new', { state: 'succeeded', created: '2026-11-23T12:00:00.000Z' })
    );
    server.commit('old', null, { state: 'succeeded' });
    await store.refresh();
    expect(store.summary('old')?.state).toBe('succeeded');
    store.dispose();
  });

  it('forgets runs that were deleted elsewhere, and only those', async () => {
    const { server, store } = setUp();
    server.add(aRun('a', { created: '2026-11-23T10:00:00.000Z' }));
    server.add(aRun('b', { created: '2026-11-23T11:00:00.000Z' }));
    await store.refresh();
    server.drop('b');
    await store.refresh();
    expect(store.known().map(run => run.id)).toEqual(['a']);
    await store.remove('a');
    expect(store.known()).toEqual([]);
    store.dispose();
  });

  it('keeps a run that arrives while the list is on its way', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    let open: () => void = () => undefined;
    server.gate = new Promise(resolve => {
      open = resolve;
    });
    const list = server.listRuns.bind(server);
    const early = list({}, {});
    server.listRuns = () => early;
    const refreshed = store.refresh();
    server.add(aRun('b', { created: '2026-11-23T13:00:00.000Z' }));
    emit(server.commit('b', null, { state: 'running' }));
    open();
    server.gate = null;
    await refreshed;
    await settle();
    expect(store.known().map(run => run.id)).toContain('b');
    store.dispose();
  });

  it('forgets a run whose document is gone', async () => {
    const { server, store, emit } = setUp();
    server.add(aRun('a'));
    await store.load('a');
    server.drop('a');
    emit({
      schema_id: 'https://events.mlops-ext.org/run/v1',
      run: 'a',
      seq: 9
    });
    await settle();
    expect(store.summary('a')).toBeNull();
    await expect(store.load('a')).rejects.toThrow();
    store.dispose();
  });

  it('answers what is known of a pipeline', async () => {
    const { server, store } = setUp();
    server.add(
      aRun('a', { workspace: 'w', created: '2026-11-23T09:00:00.000Z' })
    );
    server.add(aRun('b', { workspace: 'w' }));
    server.add(aRun('c', { workspace: 'v' }));
    await store.refresh();
    expect(store.latestFor('w/churn.pipeline')?.id).toBe('b');
    expect(store.latestFor('churn.pipeline')).toBeNull();
    expect(store.known({ pipeline: 'v/churn.pipeline' })).toHaveLength(1);
    expect(store.active()).toHaveLength(3);
    expect(pipelinePath(aRun('x', { workspace: '', pipeline: 'a/b' }))).toBe(
      'a/b'
    );
    store.dispose();
  });

  it('starts, stops and tells the history of a run', async () => {
    const { server, store } = setUp();
    const run = await store.launch({ pipeline: 'churn.pipeline' });
    expect(run.id).toBe('new');
    await store.cancel('new');
    expect(store.get('new')?.state).toBe('cancelled');
    expect((await store.history('new')).map(event => event.seq)).toEqual([2]);
    expect(server.asked.at(-1)).toBe('events new 0');
    store.dispose();
  });

  it('polls every two seconds while something runs, else every thirty', async () => {
    jest.useFakeTimers();
    const { server, store } = setUp();
    const lists = () =>
      server.asked.filter(asked => asked.startsWith('list')).length;
    await store.start();
    await jest.advanceTimersByTimeAsync(10);
    expect(lists()).toBe(1);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(lists()).toBe(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(lists()).toBe(2);
    server.add(aRun('a', { state: 'running' }));
    await store.load('a');
    await jest.advanceTimersByTimeAsync(6_500);
    expect(lists()).toBe(5);
    store.dispose();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(lists()).toBe(5);
    jest.useRealTimers();
  });

  it('looks for a server that is away more often', async () => {
    jest.useFakeTimers();
    const { server, store } = setUp();
    server.failure = problem(0);
    await store.start();
    await jest.advanceTimersByTimeAsync(10);
    expect(store.isCut).toBe(true);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(server.asked.length).toBeGreaterThanOrEqual(5);
    server.failure = null;
    await jest.advanceTimersByTimeAsync(12_000);
    expect(store.isCut).toBe(false);
    server.asked.length = 0;
    await jest.advanceTimersByTimeAsync(29_000);
    expect(server.asked.length).toBeLessThanOrEqual(1);
    store.dispose();
    jest.useRealTimers();
  });

  it('looks at once when the page is seen again', async () => {
    jest.useFakeTimers();
    const { server, store } = setUp();
    await store.start();
    await jest.advanceTimersByTimeAsync(10);
    server.asked.length = 0;
    document.dispatchEvent(new window.Event('visibilitychange'));
    window.dispatchEvent(new window.Event('online'));
    await jest.advanceTimersByTimeAsync(10);
    expect(server.asked).toEqual(['list {} ']);
    store.dispose();
    jest.useRealTimers();
  });

  it('ends with what the server has, whatever was lost on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            cell: fc.integer({ min: 0, max: 99 }),
            heard: fc.integer({ min: 0, max: 2 }),
            isCut: fc.boolean(),
            doesWait: fc.boolean()
          }),
          { maxLength: 30 }
        ),
        async steps => {
          const { server, store, emit } = setUp();
          server.add(aRun('a', { state: 'running' }));
          await store.load('a');
          for (const { cell, heard, isCut, doesWait } of steps) {
            server.failure = isCut ? problem(0) : null;
            const event = server.commit('a', 'load', { cell });
            for (let time = 0; time < heard; time += 1) {
              emit(event);
              await (doesWait ? settle() : undefined);
            }
            if (doesWait) {
              await settle();
            }
          }
          await settle();
          server.failure = null;
          await store.refresh();
          await settle();
          expect(store.get('a')).toEqual(server.run('a'));
          store.dispose();
        }
      ),
      { numRuns: 50 }
    );
  });
});
