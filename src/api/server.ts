/**
 * How the server is spoken with: it is the only place that builds URLs and
 * reads responses, so that a base URL with spaces, a proxy's HTML page or a
 * problem document are handled once.
 */
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { ApiError, problem } from './errors';
import type { Problem } from './errors';

/**
 * A connection that a sleeping laptop left behind never answers: after this
 * time (ms) it counts as cut. Making HTML of a large notebook takes long.
 */
const LONGEST_REQUEST = 120_000;

export type Query = Record<string, string | number | null | undefined>;

export class Server {
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _trans: TranslationBundle
  ) {}

  /**
   * The server's time in milliseconds. A laptop's clock may be minutes off;
   * durations of what runs are measured against the clock that wrote them.
   */
  now(): number {
    return Date.now() + this._skew;
  }

  /** The address of a route, each of its segments encoded. */
  url(path: string[], query: Query = {}): string {
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
    const base = this._settings.baseUrl.replace(/\/*$/, '/');
    const pairs = Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null && value !== ''
    );
    const search = new URLSearchParams(
      pairs.map(([name, value]) => [name, String(value)])
    ).toString();
    const route = ['mlops', ...path].map(encodeURIComponent).join('/');
    return base + route + (search ? `?${search}` : '');
  }

  /** What a route answers, as JSON. */
  async get<T>(path: string[], query: Query = {}): Promise<T> {
    return this._json<T>(await this.request('GET', path, query));
  }

  /** As get, with a body. */
  async send<T>(method: string, path: string[], body: unknown): Promise<T> {
    return this._json<T>(await this.request(method, path, {}, body));
  }

  /** The response of a route; an ApiError where it refuses or is out of reach. */
  async request(
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
    const url = this.url(path, query);
    const sent = Date.now();
    const abort = new AbortController();
    signal?.addEventListener('abort', () => abort.abort());
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        url,
        { ...init, signal: abort.signal },
        this._settings
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

  private _skew = 0;
}
