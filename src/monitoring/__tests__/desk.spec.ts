import { settle } from '../../api/__tests__/fakes';
import { MonitorStore } from '../../api/monitors';
import type {
  Alert,
  Batch,
  Evaluation,
  MonitorDetail,
  Series
} from '../../model/monitor';
import { MonitorDesk } from '../desk';
import { aMonitor, anAlert } from './fakes';

const PATH = 'churn.monitor';

function aBatch(number: number): Batch {
  const id = `scored/${number}.csv`;
  return {
    id,
    bytes: 1,
    modified: null,
    evaluation: `e${number}`,
    status: 'ok'
  };
}

/** A server that has evaluated ten batches, and gives three at a time. */
class FakeServer {
  newest = 10;
  alerts: Alert[] = [];
  readonly asked: string[] = [];

  get client(): MonitorStore.IClient {
    return {
      get: () => Promise.resolve(this.detail()),
      series: () => Promise.resolve(this.series()),
      evaluation: (_: string, id: string) => {
        this.asked.push(id);
        return Promise.resolve(this.evaluation(id));
      },
      batches: (_: string, before: string) => {
        const to = this.numbers.findIndex(one => aBatch(one).id === before);
        const found = this.numbers.slice(Math.max(0, to - 3), to);
        return Promise.resolve(found.map(aBatch));
      }
    } as unknown as MonitorStore.IClient;
  }

  get numbers(): number[] {
    return Array.from({ length: this.newest }, (_, index) => index + 1);
  }

  private detail(): MonitorDetail {
    const last = { id: `e${this.newest}`, batch: '', time: '' };
    return {
      ...aMonitor(PATH, { last }),
      document: null,
      sha256: null,
      checks: null,
      issues: [],
      batches: this.numbers.slice(-3).map(aBatch),
      batches_total: this.newest,
      waiting: 0,
      versions: [],
      alerts: this.alerts,
      decisions: []
    };
  }

  private series(): Series {
    return {
      total: this.newest,
      before: null,
      series: [],
      evaluations: this.numbers.slice(-3).map(number => ({
        id: `e${number}`,
        batch: aBatch(number).id,
        time: timeOf(number),
        status: 'ok',
        model: null,
        baseline: null
      }))
    };
  }

  private evaluation(id: string): Evaluation {
    return {
      id,
      created: timeOf(Number(id.slice(1))),
      metrics: []
    } as unknown as Evaluation;
  }
}

function timeOf(number: number): string {
  return `2026-11-${String(number).padStart(2, '0')}T06:00:00.000Z`;
}

let server: FakeServer;
let store: MonitorStore;
let desk: MonitorDesk;

beforeEach(async () => {
  server = new FakeServer();
  store = new MonitorStore({ client: server.client, standby: 'never' });
  desk = new MonitorDesk(store, PATH);
  await desk.load();
});

afterEach(() => {
  desk.dispose();
  store.dispose();
});

function known(): string[] {
  return desk.view.batches.map(({ evaluation }) => evaluation ?? '');
}

it('has the newest evaluation at once, and asks for it once', async () => {
  expect(desk.view.evaluation?.id).toBe('e10');
  await settle();
  expect(server.asked).toEqual(['e10']);
});

it('goes back to older batches, and keeps them when there is news', async () => {
  expect(known()).toEqual(['e8', 'e9', 'e10']);
  await desk.olderBatches();
  expect(known()).toEqual(['e5', 'e6', 'e7', 'e8', 'e9', 'e10']);
  server.newest = 11;
  await desk.load();
  expect(known()).toEqual(['e5', 'e6', 'e7', 'e8', 'e9', 'e10', 'e11']);
});

it('stays with an old evaluation that one looks at, and else follows the newest', async () => {
  desk.select('e2');
  await settle();
  server.newest = 11;
  await desk.load();
  expect(desk.view.selected).toBe('e2');
  desk.select('e11');
  server.newest = 12;
  await desk.load();
  expect(desk.view.selected).toBe('e12');
});

it('keeps an alert while somebody answers it', async () => {
  server.alerts = [anAlert('a1')];
  await desk.load();
  desk.hold('a1');
  server.alerts = [anAlert('a1', { state: 'dismissed' })];
  await desk.load();
  expect(desk.alert?.state).toBe('dismissed');
  desk.hold(null);
  expect(desk.alert).toBeNull();
});
