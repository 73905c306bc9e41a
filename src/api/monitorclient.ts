/** The routes of monitors, their evaluations and alerts, as typed methods. */
import type {
  Alert,
  Batch,
  DecisionAction,
  Evaluation,
  MonitorDetail,
  MonitorDocument,
  MonitorSummary,
  Proposal,
  Series
} from '../model/monitor';
import type { Server } from './server';

/** Where a monitor's data is: a file, or an output of a node of a run. */
export type DataSource =
  { path: string } | { run: string; node: string; output: string };

export type EvaluationStart = { job: string | null; message?: string };

export type DecisionRequest = {
  action: DecisionAction;
  comment: string;
  /** When a snoozed alert is open again. */
  until: string | null;
  /** How many decisions the person had seen: two who decide at once are told. */
  seen: number | null;
};

export class MonitorClient {
  constructor(private readonly _server: Server) {}

  async list(): Promise<MonitorSummary[]> {
    type Answer = { monitors: MonitorSummary[] };
    return (await this._server.get<Answer>(['monitors'])).monitors;
  }

  get(path: string): Promise<MonitorDetail> {
    return this._server.get(['monitors', path]);
  }

  /** The evaluations of a monitor, newest first. */
  evaluations(
    path: string,
    page: { limit?: number; before?: string | null } = {}
  ): Promise<{ evaluations: Evaluation[]; more: boolean }> {
    return this._server.get(['monitors', path, 'evaluations'], page);
  }

  /** One evaluation with what its charts need. */
  evaluation(path: string, id: string): Promise<Evaluation> {
    return this._server.get(['monitors', path, 'evaluations', id]);
  }

  /** The values of all checks over time, oldest first; of what is long ago only the ends. */
  series(path: string): Promise<Series> {
    return this._server.get(['monitors', path, 'series']);
  }

  /** Batches that are older than one, oldest first. */
  async batches(path: string, before: string): Promise<Batch[]> {
    type Answer = { batches: Batch[] };
    const route = ['monitors', path, 'batches'];
    return (await this._server.get<Answer>(route, { before })).batches;
  }

  /** Evaluate a batch (null: the newest), or all that were not yet. */
  evaluate(
    path: string,
    batch: string | null,
    all = false
  ): Promise<EvaluationStart> {
    const body = { batch, all };
    return this._server.send('POST', ['monitors', path, 'evaluate'], body);
  }

  /** What a document says of the newest batch; nothing is kept. */
  preview(path: string, document: MonitorDocument): Promise<Evaluation> {
    const body = { path, document };
    return this._server.send('POST', ['monitors', 'preview'], body);
  }

  /** A monitor for some data: its columns, recognised. */
  propose(source: DataSource): Promise<Proposal> {
    return this._server.send('POST', ['monitors', 'propose'], source);
  }

  async setSchedule(path: string, active: boolean): Promise<void> {
    const route = ['monitors', path, 'schedule'];
    await this._server.request('PUT', route, {}, { active });
  }

  async alerts(state: 'open' | null = 'open'): Promise<Alert[]> {
    type Answer = { alerts: Alert[] };
    const query = { state };
    return (await this._server.get<Answer>(['alerts'], query)).alerts;
  }

  decide(alert: string, decision: DecisionRequest): Promise<Alert> {
    const route = ['alerts', alert, 'decisions'];
    return this._server.send('POST', route, decision);
  }
}
