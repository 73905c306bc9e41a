/** Monitors and alerts as the server has them, and a server of them, for tests. */
import { ApiError } from '../../api/client';
import type { DecisionRequest } from '../../api/client';
import { problem } from '../../api/errors';
import type { MonitorStore } from '../../api/monitors';
import type { Alert, MonitorSummary } from '../../model/monitor';

export function aMonitor(
  path: string,
  changed: Partial<MonitorSummary> = {}
): MonitorSummary {
  return {
    path,
    name: 'churn',
    description: '',
    problem: null,
    model: { path: 'model.joblib', version: '3fa9' },
    status: 'ok',
    issues: 0,
    main: 'auc',
    spark: [0.9, 0.8, 0.7].map((value, index) => ({
      time: `2026-11-2${index}T06:00:00.000Z`,
      batch: `scored/0${index}.csv`,
      value,
      verdict: 'ok'
    })),
    last: {
      id: 'e3',
      batch: 'scored/02.csv',
      time: '2026-11-22T06:00:00.000Z'
    },
    alert: null,
    schedule: null,
    evaluating: false,
    refresh: { pipeline: 'refresh.pipeline' },
    ...changed
  };
}

export function anAlert(id: string, changed: Partial<Alert> = {}): Alert {
  return {
    id,
    monitor: 'churn.monitor',
    name: 'churn',
    state: 'open',
    opened: '2026-11-23T06:00:00.000Z',
    updated: '2026-11-23T06:00:00.000Z',
    evaluations: ['e3'],
    checks: [],
    summary: 'roc_auc is 0.71.',
    decisions: [],
    run: null,
    snoozed_until: null,
    delivery: null,
    ...changed
  };
}

/** Answers as the server does, and notes what it is told. */
export class FakeMonitors {
  monitors: MonitorSummary[] = [];
  open: Alert[] = [];
  /** Those that a monitor's page has, decided ones among them. */
  known: Alert[] = [];
  readonly decided: [string, DecisionRequest][] = [];
  /** While set, a decision is refused with this sentence. */
  refusal: string | null = null;

  get client(): MonitorStore.IClient {
    return {
      list: () => Promise.resolve(this.monitors),
      alerts: () => Promise.resolve([...this.open]),
      get: () => Promise.resolve({ alerts: this.known }),
      decide: (id: string, decision: DecisionRequest) => {
        if (this.refusal !== null) {
          const detail = this.refusal;
          return Promise.reject(
            new ApiError(problem(409, { code: 'decided-already', detail }))
          );
        }
        this.decided.push([id, decision]);
        const [alert] = this.open.splice(0, 1);
        return Promise.resolve({ ...alert, state: 'dismissed' });
      }
    } as unknown as MonitorStore.IClient;
  }
}
