/** The server's API as typed methods: one method a route of docs "HTTP". */
import { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { ITranslator } from '@jupyterlab/translation';

import type { PipelineDocument } from '../model/document';
import type { Run, RunState } from '../model/run';
import type { RuntimeDocument } from '../model/runtime';
import { MonitorClient } from './monitorclient';
import { readLines } from './ndjson';
import { Server } from './server';
import type {
  Deployment,
  EventPage,
  Example,
  FileReport,
  Inspection,
  Kernel,
  Lineage,
  LogChunk,
  Planned,
  PlanRequest,
  RunFilter,
  RunPage,
  RunRequest,
  Runtime,
  SecretNames,
  TestStep,
  Undeclared
} from './types';

export { ApiError, sentenceOf } from './errors';
export type { Problem } from './errors';
export type * from './types';
export { inWorkspace } from './entries';
export type {
  DataSource,
  DecisionRequest,
  EvaluationStart
} from './monitorclient';

export class Client {
  constructor(
    readonly serverSettings: ServerConnection.ISettings = ServerConnection.makeSettings(),
    translator: ITranslator = nullTranslator
  ) {
    this._server = new Server(serverSettings, translator.load('mlops_ext'));
    this.monitors = new MonitorClient(this._server);
  }

  /** The routes of monitors and alerts. */
  readonly monitors: MonitorClient;

  /** The server's time in milliseconds (see Server.now). */
  now(): number {
    return this._server.now();
  }

  listRuns(
    filter: RunFilter = {},
    page: { limit?: number; before?: string | null } = {}
  ): Promise<RunPage> {
    return this._server.get<RunPage>(['runs'], { ...filter, ...page });
  }

  startRun(request: RunRequest): Promise<{ id: string; workspace: string }> {
    return this._server.send('POST', ['runs'], request);
  }

  getRun(id: string): Promise<Run> {
    return this._server.get<Run>(['runs', id]);
  }

  async deleteRun(id: string): Promise<void> {
    await this._server.request('DELETE', ['runs', id]);
  }

  cancelRun(id: string): Promise<{ id: string; state: RunState }> {
    return this._server.send('POST', ['runs', id, 'cancel'], {});
  }

  /** Run what failed again, in the same run of its Airflow. */
  retryRun(id: string): Promise<{ id: string; state: RunState }> {
    return this._server.send('POST', ['runs', id, 'retry'], {});
  }

  /** The paths of all pipelines that have runs. */
  async runPipelines(): Promise<string[]> {
    const path = ['runs', 'pipelines'];
    return (await this._server.get<{ pipelines: string[] }>(path)).pipelines;
  }

  /** The events of a run with numbers above `after`, in order. */
  events(id: string, after: number): Promise<EventPage> {
    return this._server.get<EventPage>(['runs', id, 'events'], { after });
  }

  /** The pipeline as it was when the run was started. */
  runPipeline(
    id: string
  ): Promise<{ document: PipelineDocument; path: string }> {
    return this._server.get(['runs', id, 'pipeline']);
  }

  log(
    run: string,
    node: string,
    options: { offset?: number; attempt?: number } = {}
  ): Promise<LogChunk> {
    const { offset = 0, attempt } = options;
    return this._server.get(['runs', run, 'nodes', node, 'log'], {
      offset,
      attempt
    });
  }

  /** The executed notebook as a page that runs nothing. */
  async html(run: string, node: string, attempt?: number): Promise<Blob> {
    const path = ['runs', run, 'nodes', node, 'html'];
    return (await this._server.request('GET', path, { attempt })).blob();
  }

  /** A file or folder in a run's directory, as a Jupyter contents model. */
  driveGet(
    run: string,
    path: string,
    options: { content?: boolean; type?: string; format?: string | null } = {}
  ): Promise<Contents.IModel> {
    const { content = true, type, format } = options;
    return this._server.get(['drive', run, ...segments(path)], {
      content: content ? 1 : 0,
      type,
      format
    });
  }

  /** The address of a file in a run's directory, as a download. */
  downloadUrl(run: string, path: string): string {
    return this._server.url(['drive', run, ...segments(path)], { download: 1 });
  }

  /** Check a pipeline: the file, or `content` in its place (unsaved edits). */
  async validate(
    path: string,
    content: string | null = null
  ): Promise<FileReport> {
    const body = { path, content };
    const { files } = await this._server.send<{ files: FileReport[] }>(
      'POST',
      ['validate'],
      body
    );
    return files[0];
  }

  /** What a pipeline's file at `path` is, and what it declares. */
  inspect(pipeline: string, path: string): Promise<Inspection> {
    return this._server.get(['inspect'], { pipeline, path });
  }

  async kernels(): Promise<Kernel[]> {
    return (await this._server.get<{ kernels: Kernel[] }>(['kernels'])).kernels;
  }

  async runtimes(): Promise<Runtime[]> {
    return (await this._server.get<{ runtimes: Runtime[] }>(['runtimes']))
      .runtimes;
  }

  runtime(name: string): Promise<RuntimeDocument> {
    return this._server.get<RuntimeDocument>(['runtimes', name]);
  }

  async saveRuntime(name: string, document: RuntimeDocument): Promise<void> {
    await this._server.request('PUT', ['runtimes', name], {}, document);
  }

  async removeRuntime(name: string): Promise<void> {
    await this._server.request('DELETE', ['runtimes', name]);
  }

  /**
   * Try a runtime, as it is kept or as `document` says; every step is told as
   * it changes.
   */
  async testRuntime(
    name: string,
    document: RuntimeDocument | null,
    onStep: (step: TestStep) => void,
    signal?: AbortSignal
  ): Promise<void> {
    const response = await this._server.request(
      'POST',
      ['runtimes', name, 'test'],
      {},
      { document },
      signal
    );
    await readLines(response, line => onStep(line as TestStep), signal);
  }

  /** The pipelines that were delivered to a runtime. */
  async deployments(runtime: string): Promise<Deployment[]> {
    const path = ['runtimes', runtime, 'pipelines'];
    return (await this._server.get<{ pipelines: Deployment[] }>(path))
      .pipelines;
  }

  /** Let the schedule of a delivered pipeline rest, or go on. */
  async setPaused(
    runtime: string,
    dagId: string,
    paused: boolean
  ): Promise<void> {
    const path = ['runtimes', runtime, 'pipelines', dagId];
    await this._server.request('PUT', path, {}, { paused });
  }

  /** Switch the schedule of a pipeline off that this machine starts. */
  async unschedule(runtime: string, dagId: string): Promise<void> {
    const path = ['runtimes', runtime, 'pipelines', dagId];
    await this._server.request('DELETE', path);
  }

  /** Deliver a pipeline, to be started there by its schedule. */
  schedulePipeline(
    runtime: string,
    pipeline: string,
    pipeline_sha256: string | null
  ): Promise<{ dag_id: string }> {
    const body = { pipeline, pipeline_sha256 };
    return this._server.send('POST', ['runtimes', runtime, 'schedule'], body);
  }

  /** Names of secrets, never their values. */
  secrets(): Promise<SecretNames> {
    return this._server.get<SecretNames>(['secrets']);
  }

  async setSecret(name: string, value: string): Promise<void> {
    await this._server.request('PUT', ['secrets', name], {}, { value });
  }

  async removeSecret(name: string): Promise<void> {
    await this._server.request('DELETE', ['secrets', name]);
  }

  /** What a run would do, without starting it. */
  plan(request: PlanRequest): Promise<Planned> {
    return this._server.send('POST', ['plan'], request);
  }

  /** What a pipeline's runs read and made that it does not declare. */
  undeclared(pipeline: string): Promise<Undeclared> {
    return this._server.get<Undeclared>(['trace'], { pipeline });
  }

  /** Which runs made a file, and which read it. */
  lineage(path: string): Promise<Lineage> {
    return this._server.get<Lineage>(['lineage'], { path });
  }

  async examples(): Promise<Example[]> {
    return (await this._server.get<{ examples: Example[] }>(['examples']))
      .examples;
  }

  /** Copy an example into a folder; answers with the pipeline's path. */
  async copyExample(name: string, folder: string): Promise<string> {
    const body = { folder };
    const answer = await this._server.send<{ path: string }>(
      'POST',
      ['examples', name],
      body
    );
    return answer.path;
  }

  private readonly _server: Server;
}

function segments(path: string): string[] {
  return path.split('/').filter(segment => segment !== '');
}
