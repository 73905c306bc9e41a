import { aRun, FakeServer, problem, settle } from '../../api/__tests__/fakes';
import { RunStore } from '../../api/runs';
import { RunList } from '../list';

function time(minute: number): string {
  return new Date(Date.UTC(2026, 10, 23, 10, minute)).toISOString();
}

async function setUp(count: number, pageSize = 50) {
  const server = new FakeServer();
  server.pageSize = pageSize;
  for (let n = 0; n < count; n += 1) {
    server.add(aRun(`r${n}`, { created: time(n), state: 'succeeded' }));
  }
  const store = new RunStore({ client: server, standby: 'never' });
  const list = new RunList(store);
  await list.setFilter({});
  const ids = () => list.view.rows.map(run => run.id);
  return { server, store, list, ids };
}

describe('RunList', () => {
  it('shows pages, newest first, without holes', async () => {
    const { server, store, list, ids } = await setUp(5, 2);
    expect(ids()).toEqual(['r4', 'r3']);
    // An older run becomes known from elsewhere: it does not belong here yet.
    await store.load('r0');
    expect(ids()).toEqual(['r4', 'r3']);
    expect(list.view.hasOlder).toBe(true);
    await list.older();
    expect(ids()).toEqual(['r4', 'r3', 'r2', 'r1']);
    await list.older();
    expect(ids()).toEqual(['r4', 'r3', 'r2', 'r1', 'r0']);
    expect(list.view.hasOlder).toBe(false);
    expect(server.asked.filter(asked => asked.startsWith('list'))).toHaveLength(
      3
    );
  });

  it('takes new runs in, or holds them back while one reads', async () => {
    const { server, store, list, ids } = await setUp(2);
    server.add(aRun('a', { created: time(10) }));
    await store.refresh();
    expect(ids()).toEqual(['a', 'r1', 'r0']);
    list.hold(true);
    server.add(aRun('b', { created: time(11) }));
    server.add(aRun('c', { created: time(12) }));
    await store.refresh();
    expect(ids()).toEqual(['a', 'r1', 'r0']);
    expect(list.view.held).toBe(2);
    list.hold(false);
    expect(ids()).toEqual(['c', 'b', 'a', 'r1', 'r0']);
    expect(list.view.held).toBe(0);
  });

  it('filters, and drops an answer to an earlier question', async () => {
    const { server, list, ids } = await setUp(2);
    server.add(aRun('f', { created: time(20), state: 'failed' }));
    const first = list.setFilter({ state: 'failed' });
    const second = list.setFilter({ state: 'cancelled' });
    await Promise.all([first, second]);
    expect(ids()).toEqual([]);
    expect(list.view.isReady).toBe(true);
    expect(list.view.isLoading).toBe(false);
    await list.setFilter({ state: 'failed' });
    expect(ids()).toEqual(['f']);
  });

  it('says why a page could not be had, and tries again', async () => {
    const { server, list, ids } = await setUp(1);
    server.failure = problem(0);
    await list.refresh();
    expect(list.view.error).toContain('No (0).');
    server.failure = null;
    await list.refresh();
    expect(list.view.error).toBeNull();
    expect(ids()).toEqual(['r0']);
  });

  it('includes a run that one is led to, however old', async () => {
    const { list, ids } = await setUp(5, 2);
    await list.include('r0');
    expect(ids()).toEqual(['r4', 'r3', 'r0']);
    await expect(list.include('none')).rejects.toThrow();
  });

  it('answers the same view as long as nothing changed', async () => {
    const { list } = await setUp(1);
    const { view } = list;
    await settle();
    expect(list.view).toBe(view);
    list.dispose();
  });
});
