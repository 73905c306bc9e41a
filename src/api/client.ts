/**
 * The server's API as typed methods: one method a route of docs "HTTP".
 *
 * It is the only place that builds URLs and reads responses, so that a base
 * URL with spaces, a proxy's HTML page or a problem document are handled once.
 */
import { ServerConnection } from '@jupyterlab/services';
import type { Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

import type { PipelineDocument } from '../model/document';
import type { Run, RunState } from '../model/run';
import type { RuntimeDocument } from '../model/runtime';
import { ApiError, problem } from './errors';
import type { Problem } from './errors';
import { readLines } from './ndjson';
import type {
  Deployment,
  EventPage,
  Example,
  FileReport,
  Inspection,
  Kernel,
  LogChunk,
  Planned,
  RunFilter,
  RunPage,
  RunRequest,
  Runtime,
  SecretNames,
  TestStep
} from './types';

export { ApiError, sentenceOf } from './errors';
export type { Problem } from './errors';
export type * from './types';
export { inWorkspace } from './entries';

/**
 * A connection that a sleeping laptop left behind never answers: after this
 * time (ms) it counts as cut. Making HTML of a large notebook takes long.
 */
const LONGEST_REQUEST = 120_000;

type Query = Record<string, string | number | null | undefined>;

export class Client {
  constructor(
    readonly serverSettings: ServerConnection.ISettings = ServerConnection.makeSettings(),
    translator: ITranslator = nullTranslator
  ) {
    this._trans = translator.load('mlops_ext');
  }

  /**
   * The server's time in milliseconds. A laptop's clock may be minutes off;
   * durations of what runs are measured against the clock that wrote them.
   */
  now(): number {
    return Date.now() + this._skew;
  }

  listRuns(
    filter: RunFilter = {},
    page: { limit?: number; before?: string | null } = {}
  ): Promise<RunPage> {
    return this._get<RunPage>(['runs'], { ...filter, ...page });
  }

  startRun(request: RunRequest): Promise<{ id: string; workspace: string }> {
    return this._send('POST', ['runs'], request);
  }

  getRun(id: string): Promise<Run> {
    return this._get<Run>(['runs', id]);
  }

  async deleteRun(id: string): Promise<void> {
    await this._request('DELETE', ['runs', id]);
  }

  cancelRun(id: string): Promise<{ id: string; state: RunState }> {
    return this._send('POST', ['runs', id, 'cancel'], {});
  }

  /** Run what failed again, in the same run of its Airflow. */
  retryRun(id: string): Promise<{ id: string; state: RunState }> {
    return this._send('POST', ['runs', id, 'retry'], {});
  }

  /** The paths of all pipelines that have runs. */
  async runPipelines(): Promise<string[]> {
    const path = ['runs', 'pipelines'];
    return (await this._get<{ pipelines: string[] }>(path)).pipelines;
  }

  /** The events of a run with numbers above `after`, in order. */
  events(id: string, after: number): Promise<EventPage> {
    return this._get<EventPage>(['runs', id, 'events'], { after });
  }

  /** The pipeline as it was when the run was started. */
  runPipeline(
    id: string
  ): Promise<{ document: PipelineDocument; path: string }> {
    return this._get(['runs', id, 'pipeline']);
  }

  log(
    run: string,
    node: string,
    options: { offset?: number; attempt?: number } = {}
  ): Promise<LogChunk> {
    const { offset = 0, attempt } = options;
    return this._get(['runs', run, 'nodes', node, 'log'], { offset, attempt });
  }

  /** The executed notebook as a page that runs nothing. */
  async html(run: string, node: string, attempt?: number): Promise<Blob> {
    const path = ['runs', run, 'nodes', node, 'html'];
    return (await this._request('GET', path, { attempt })).blob();
  }

  /** A file or folder in a run's directory, as a Jupyter contents model. */
  driveGet(
    run: string,
    path: string,
    options: { content?: boolean; type?: string; format?: string | null } = {}
  ): Promise<Contents.IModel> {
    const { content = true, type, format } = options;
    return this._get(['drive', run, ...segments(path)], {
      content: content ? 1 : 0,
      type,
      format
    });
  }

  /** The address of a file in a run's directory, as a download. */
  downloadUrl(run: string, path: string): string {
    return this._url(['drive', run, ...segments(path)], { download: 1 });
  }

  /** Check a pipeline: the file, or `content` in its place (unsaved edits). */
  async validate(
    path: string,
    content: string | null = null
  ): Promise<FileReport> {
    const body = { path, content };
    const { files } = await this._send<{ files: FileReport[] }>(
      'POST',
      ['validate'],
      body
    );
    return files[0];
  }

  /** What a pipeline's file at `path` is, and what it declares. */
  inspect(pipeline: string, path: string): Promise<Inspection> {
    return this._get(['inspect'], { pipeline, path });
  }

  async kernels(): Promise<Kernel[]> {
    return (await this._get<{ kernels: Kernel[] }>(['kernels'])).kernels;
  }

  async runtimes(): Promise<Runtime[]> {
    return (await this._get<{ runtimes: Runtime[] }>(['runtimes'])).runtimes;
  }

  runtime(name: string): Promise<RuntimeDocument> {
    return this._get<RuntimeDocument>(['runtimes', name]);
  }

  async saveRuntime(name: string, document: RuntimeDocument): Promise<void> {
    await this._request('PUT', ['runtimes', name], {}, document);
  }

  async removeRuntime(name: string): Promise<void> {
    await this._request('DELETE', ['runtimes', name]);
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
    const response = await this._request(
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
    return (await this._get<{ pipelines: Deployment[] }>(path)).pipelines;
  }

  /** Let the schedule of a delivered pipeline rest, or go on. */
  async setPaused(
    runtime: string,
    dagId: string,
    paused: boolean
  ): Promise<void> {
    const path = ['runtimes', runtime, 'pipelines', dagId];
    await this._request('PUT', path, {}, { paused });
  }

  /** Deliver a pipeline, to be started there by its schedule. */
  schedulePipeline(
    runtime: string,
    pipeline: string,
    pipeline_sha256: string | null
  ): Promise<{ dag_id: string }> {
    const body = { pipeline, pipeline_sha256 };
    return this._send('POST', ['runtimes', runtime, 'schedule'], body);
  }

  /** Names of secrets, never their values. */
  secrets(): Promise<SecretNames> {
    return this._get<SecretNames>(['secrets']);
  }

  async setSecret(name: string, value: string): Promise<void> {
    await this._request('PUT', ['secrets', name], {}, { value });
  }

  async removeSecret(name: string): Promise<void> {
    await this._request('DELETE', ['secrets', name]);
  }

  /** What a run would do, without starting it. */
  plan(request: RunRequest): Promise<Planned> {
    return this._send('POST', ['plan'], request);
  }

  async examples(): Promise<Example[]> {
    return (await this._get<{ examples: Example[] }>(['examples'])).examples;
  }

  /** Copy an example into a folder; answers with the pipeline's path. */
  async copyExample(name: string, folder: string): Promise<string> {
    const body = { folder };
    const answer = await this._send<{ path: string }>(
      'POST',
      ['examples', name],
      body
    );
    return answer.path;
  }

  private _url(path: string[], query: Query = {}): string {
    if (path.some(segment => segment === '.' || segment === '..')) {
      // A browser resolves these, encoded or not: it would ask elsewhere.
      throw new ApiError(
        problem(400, {
          code: 'bad-path',
          detail: this._trans.__('A path here cannot hold "." or "..".')
        })
      );
    }
    // Each segment is encoded (a node's may hold a slash), and the base,
    // already encoded by JupyterLab, is left as it is.
    const base = this.serverSettings.baseUrl.replace(/\/*$/, '/');
    const pairs = Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null && value !== ''
    );
    const search = new URLSearchParams(
      pairs.map(([name, value]) => [name, String(value)])
    ).toString();
    const route = ['mlops', ...path].map(encodeURIComponent).join('/');
    return base + route + (search ? `?${search}` : '');
  }

  private async _get<T>(path: string[], query: Query = {}): Promise<T> {
    return this._json<T>(await this._request('GET', path, query));
  }

  private async _send<T>(
    method: string,
    path: string[],
    body: unknown
  ): Promise<T> {
    return this._json<T>(await this._request(method, path, {}, body));
  }

  private async _request(
    method: string,
    path: string[],
    query: Query = {},
    body?: unknown,
    signal?: AbortSignal
  ): Promise<Response> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    const url = this._url(path, query);
    const sent = Date.now();
    const abort = new AbortController();
    signal?.addEventListener('abort', () => abort.abort());
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        url,
        { ...init, signal: abort.signal },
        this.serverSettings
      );
    } catch (error) {
      throw this._unreachable(error);
    } finally {
      clearTimeout(timer);
    }
    this._learnClock(response, sent, Date.now());
    if (!response.ok) {
      throw await this._refusal(response);
    }
    return response;
  }

  /** The Date header has whole seconds: only a clear difference counts. */
  private _learnClock(response: Response, sent: number, now: number): void {
    const date = Date.parse(response.headers.get('Date') ?? '');
    if (Number.isNaN(date) || now - sent > 2000) {
      return;
    }
    const skew = date + 500 - (sent + now) / 2;
    this._skew = Math.abs(skew) > 2000 ? Math.round(skew) : 0;
  }

  private async _json<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError(
        problem(response.status, {
          code: 'bad-answer',
          detail: this._trans.__(
            'The server answered with something else than JSON.'
          ),
          hint: this._trans.__(
            'A proxy may have answered in its place. Reload the page to sign in again.'
          )
        })
      );
    }
  }

  private _unreachable(error: unknown): ApiError {
    return new ApiError(
      problem(0, {
        code: 'unreachable',
        title: error instanceof Error ? error.message : '',
        detail: this._trans.__('The Jupyter server cannot be reached.'),
        hint: this._trans.__(
          'Check that it runs. Runs go on without the browser.'
        )
      })
    );
  }

  /** The problem document of a refusal, or the best sentence without one. */
  private async _refusal(response: Response): Promise<ApiError> {
    let body: Partial<Problem> & { message?: string } = {};
    try {
      const parsed: unknown = await response.json();
      if (typeof parsed === 'object' && parsed !== null) {
        body = parsed;
      }
    } catch {
      // Not JSON: a proxy, or the server's own error page.
    }
    const detail = body.detail || body.message || body.title;
    return new ApiError(
      problem(response.status, {
        ...body,
        detail: detail || this._sentence(response)
      })
    );
  }

  private _sentence({ status, statusText }: Response): string {
    if (status === 401 || status === 403) {
      return this._trans.__(
        'You are signed out. Reload the page to sign in again.'
      );
    }
    if (status === 404) {
      return this._trans.__('The server does not know this address.');
    }
    return this._trans.__(
      'The server answered %1.',
      `${status} ${statusText}`.trim()
    );
  }

  private readonly _trans: TranslationBundle;
  private _skew = 0;
}

function segments(path: string): string[] {
  return path.split('/').filter(segment => segment !== '');
}
