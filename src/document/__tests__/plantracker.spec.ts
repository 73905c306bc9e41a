import type { Planned, PlanRequest } from '../../api/client';
import { PlanTracker } from '../plantracker';

const REQUEST: PlanRequest = { pipeline: 'a.pipeline' };

const plan = (action: 'run' | 'reuse'): Planned => ({
  pipeline: 'a.pipeline',
  nodes: [
    {
      id: 'load',
      action,
      reason: null,
      code: null,
      detail: null,
      reused_from: null
    }
  ]
});

describe('PlanTracker', () => {
  let asked: PlanRequest[];
  let request: PlanRequest | null;
  let answer: () => Promise<Planned>;
  let tracker: PlanTracker;
  let changes: number;

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    changes = 0;
    request = REQUEST;
    answer = () => Promise.resolve(plan('reuse'));
    tracker = new PlanTracker({
      client: {
        plan: given => {
          asked.push(given);
          return answer();
        }
      },
      request: () => request
    });
    tracker.changed.connect(() => changes++);
  });

  afterEach(() => {
    tracker.dispose();
    jest.useRealTimers();
  });

  const idle = () => jest.advanceTimersByTimeAsync(1000);
  const action = () => tracker.planned?.get('load')?.action ?? null;

  it('asks once for many edits, when they pause', async () => {
    tracker.update();
    await jest.advanceTimersByTimeAsync(500);
    tracker.update();
    expect(asked).toHaveLength(0);
    await idle();
    expect(asked).toEqual([REQUEST]);
    expect(action()).toBe('reuse');
  });

  it('knows nothing after an edit until it has asked again', async () => {
    tracker.update();
    await idle();
    tracker.update();
    expect(action()).toBeNull();
    answer = () => Promise.resolve(plan('run'));
    await idle();
    expect(action()).toBe('run');
  });

  it('keeps what it knows while it only looks again', async () => {
    tracker.look();
    await idle();
    const before = changes;
    tracker.look();
    expect(action()).toBe('reuse');
    await idle();
    expect(asked).toHaveLength(2);
    expect(changes).toBe(before);
  });

  it('shows no answer to what is not asked any more', async () => {
    let finish: (planned: Planned) => void = () => undefined;
    answer = () => new Promise(resolve => (finish = resolve));
    tracker.update();
    await idle();
    request = { ...REQUEST, content: 'edited' };
    finish(plan('reuse'));
    await jest.advanceTimersByTimeAsync(0);
    expect(action()).toBeNull();
  });

  it('is silent where nothing can be asked, or the server refuses', async () => {
    request = null;
    tracker.update();
    await idle();
    expect(asked).toHaveLength(0);
    request = REQUEST;
    answer = () => Promise.reject(new Error('no'));
    tracker.update();
    await idle();
    expect(action()).toBeNull();
  });
});
