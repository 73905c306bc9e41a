/** Runs as the server has them, and a server of them, for tests. */
import type { EventPage, RunPage, RunRequest } from '../client';
import { ApiError } from '../client';
import { fold } from '../../model/run';
import type {
  NodeRun,
  Remote,
  Run,
  RunEvent,
  RunState,
  RunSummary
} from '../../model/run';

export function aNode(changed: Partial<NodeRun> = {}): NodeRun {
  return {
    type: 'notebook',
    label: null,
    state: 'queued',
    reason: null,
    reused: false,
    reused_from: null,
    attempts: 0,
    started: null,
    finished: null,
    seconds: null,
    cell: null,
    cells: null,
    results: {},
    outputs: {},
    notebook: null,
    log: null,
    error: null,
    ...changed
  };
}

export function aRun(id: string, changed: Partial<Run> = {}): Run {
  return {
    version: 1,
    id,
    workspace: '',
    pipeline: 'churn.pipeline',
    pipeline_sha256: 'a'.repeat(64),
    runtime: 'local',
    mode: 'in-place',
    state: 'queued',
    reason: null,
    parameters: {},
    created: '2026-11-23T10:00:00.000Z',
    started: null,
    finished: null,
    seconds: null,
    source: null,
    directory: `.mlops/runs/${id}`,
    error: null,
    max_parallel: null,
    select: null,
    provenance: null,
    remote: null,
    seq: 1,
    nodes: { load: aNode(), train: aNode() },
    ...changed
  };
}

export function aRemote(changed: Partial<Remote> = {}): Remote {
  return {
    step: 'following',
    message: 'Running on Airflow.',
    since: '2026-11-23T10:00:02.000Z',
    url: 'https://airflow.example.org/dags/churn-1a2b/runs/mlops__r',
    dag_id: 'churn-1a2b',
    run_id: 'mlops__r',
    package: 'b'.repeat(64),
    version: null,
    pinned: false,
    scheduled: false,
    problem: null,
    ...changed
  };
}

export function problem(status: number): ApiError {
  return new ApiError({
    status,
    code: status === 404 ? 'unknown-run' : 'unreachable',
    title: '',
    detail: `No (${status}).`,
    hint: '',
    pointer: null,
    node: null,
    issues: null
  });
}

/** A server that keeps the events of its runs, and counts what it is asked. */
export class FakeServer {
  readonly asked: string[] = [];
  /** While set, every request fails with this. */
  failure: ApiError | null = null;
  /** While set, answers wait for it. */
  gate: Promise<void> | null = null;
  pageSize = 50;

  add(run: Run): void {
    this._runs.set(run.id, [run]);
    this._events.set(run.id, []);
  }

  drop(id: string): void {
    this._runs.delete(id);
  }

  run(id: string): Run {
    const versions = this._runs.get(id);
    if (!versions) {
      throw problem(404);
    }
    return versions[versions.length - 1];
  }

  /** Commit a change; answers with what the event stream would say. */
  commit(
    id: string,
    node: string | null,
    data: Partial<Run> | Partial<NodeRun>
  ): { schema_id: string; run: string; seq: number } {
    const run = this.run(id);
    const seq = run.seq + 1;
    const event = {
      seq,
      node,
      time: '2026-11-23T10:00:01.000Z',
      data: data as RunEvent['data']
    };
    this._events.get(id)?.push(event);
    this._runs.get(id)?.push(fold(run, [event]));
    return { schema_id: 'https://events.mlops-ext.org/run/v1', run: id, seq };
  }

  /** Lose the events of a run, as a gap would look. */
  forgetEvents(id: string): void {
    this._events.set(id, []);
  }

  async listRuns(
    filter: { pipeline?: string; state?: RunState; runtime?: string },
    page: { limit?: number; before?: string | null }
  ): Promise<RunPage> {
    await this._ask(`list ${JSON.stringify(filter)} ${page.before ?? ''}`);
    const all = [...this._runs.keys()]
      .map(id => this.run(id))
      .filter(run => !filter.state || run.state === filter.state)
      .filter(run => !filter.pipeline || run.pipeline === filter.pipeline)
      .sort((a, b) => (a.created < b.created ? 1 : -1));
    const rest = page.before
      ? all.filter(run => run.created < (page.before ?? ''))
      : all;
    const limit = Math.min(page.limit ?? 50, this.pageSize);
    const runs = rest.slice(0, limit).map(summaryOf);
    const next = rest.length > limit ? runs[runs.length - 1].created : null;
    return { runs, next };
  }

  async getRun(id: string): Promise<Run> {
    await this._ask(`get ${id}`);
    return this.run(id);
  }

  async events(id: string, after: number): Promise<EventPage> {
    await this._ask(`events ${id} ${after}`);
    const { seq } = this.run(id);
    const events = this._events.get(id) ?? [];
    return { events: events.filter(event => event.seq > after), last: seq };
  }

  async startRun(
    request: RunRequest
  ): Promise<{ id: string; workspace: string }> {
    await this._ask('start');
    this.add(aRun('new', { pipeline: request.pipeline }));
    return { id: 'new', workspace: '' };
  }

  async cancelRun(id: string): Promise<{ id: string; state: RunState }> {
    await this._ask(`cancel ${id}`);
    this.commit(id, null, { state: 'cancelled' });
    return { id, state: 'cancelled' };
  }

  async retryRun(id: string): Promise<{ id: string; state: RunState }> {
    await this._ask(`retry ${id}`);
    this.commit(id, null, { state: 'running', finished: null });
    return { id, state: 'running' };
  }

  async deleteRun(id: string): Promise<void> {
    await this._ask(`delete ${id}`);
    this.drop(id);
  }

  private async _ask(what: string): Promise<void> {
    this.asked.push(what);
    await this.gate;
    if (this.failure) {
      throw this.failure;
    }
  }

  private readonly _runs = new Map<string, Run[]>();
  private readonly _events = new Map<string, RunEvent[]>();
}

function summaryOf(run: Run): RunSummary {
  const nodes = Object.entries(run.nodes).map(
    ([id, { type, label, state, reason, seconds }]) => [
      id,
      { type, label, state, reason, seconds }
    ]
  );
  return { ...run, nodes: Object.fromEntries(nodes) as RunSummary['nodes'] };
}

/** Let what was started go on to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve();
  }
}
