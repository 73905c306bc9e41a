import { ServerConnection } from '@jupyterlab/services';

import { ApiError, Client, inWorkspace, sentenceOf } from '../client';

type Sent = { url: string; method: string; body: string | null };

class FakeRequest {
  constructor(
    readonly url: string,
    readonly init: RequestInit
  ) {
    this.headers = new Headers(init.headers);
  }
  readonly headers: Headers;
}

/** A client on a server with a difficult base URL, and what it was asked. */
function clientWith(
  status: number,
  body: unknown,
  headers: Record<string, string> = {}
): { client: Client; sent: Sent[] } {
  const sent: Sent[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'https://hub.example.org/user/a%20b/',
    token: 'secret',
    Request: FakeRequest as unknown as typeof Request,
    fetch: (request => {
      const { url, init } = request as unknown as FakeRequest;
      sent.push({
        url,
        method: init.method ?? '',
        body: (init.body as string | undefined) ?? null
      });
      if (status === 0) {
        return Promise.reject(new TypeError('Failed to fetch'));
      }
      return Promise.resolve({
        ok: status < 400,
        status,
        statusText: 'Text',
        headers: new Headers(headers),
        json: () =>
          body === undefined
            ? Promise.reject(new SyntaxError('no JSON'))
            : Promise.resolve(body)
      });
    }) as typeof fetch
  });
  return { client: new Client(settings), sent };
}

async function problemOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error('It did not fail.');
}

describe('Client', () => {
  it('encodes each segment and keeps the base URL as it is', async () => {
    const { client, sent } = clientWith(200, {});
    await client.log('r1', 'outer/in ner?', { offset: 5, attempt: 2 });
    expect(sent[0].url).toMatch(
      /^https:\/\/hub\.example\.org\/user\/a%20b\/mlops\/runs\/r1\/nodes\/outer%2Fin%20ner%3F\/log\?offset=5&attempt=2/
    );
  });

  it('encodes paths of the drive, folder by folder', async () => {
    const { client, sent } = clientWith(200, {});
    await client.driveGet('r1', 'load/1/outputs/a b#?.csv');
    expect(sent[0].url).toContain(
      '/mlops/drive/r1/load/1/outputs/a%20b%23%3F.csv?content=1'
    );
    expect(client.downloadUrl('r1', 'load/1/log.txt')).toBe(
      'https://hub.example.org/user/a%20b/mlops/drive/r1/load/1/log.txt?download=1'
    );
  });

  it('refuses segments that a browser would resolve', () => {
    const { client, sent } = clientWith(200, {});
    expect(() => client.downloadUrl('r1', '../../api/contents')).toThrow(
      ApiError
    );
    expect(sent).toHaveLength(0);
  });

  it('leaves out filters that are not set', async () => {
    const { client, sent } = clientWith(200, { runs: [], next: null });
    await client.listRuns(
      { pipeline: 'a b/c.pipeline', state: undefined },
      { limit: 50, before: null }
    );
    expect(sent[0].url).toContain('runs?pipeline=a+b%2Fc.pipeline&limit=50');
    expect(sent[0].url).not.toMatch(/state|before/);
  });

  it('sends bodies as JSON', async () => {
    const { client, sent } = clientWith(201, { id: 'r2', workspace: '' });
    const started = await client.startRun({ pipeline: 'a.pipeline' });
    expect(started.id).toBe('r2');
    expect(sent[0].method).toBe('POST');
    expect(JSON.parse(sent[0].body ?? '')).toEqual({ pipeline: 'a.pipeline' });
  });

  it('carries the problem document of a refusal', async () => {
    const issue = {
      severity: 'error',
      code: 'missing-file',
      pointer: '/nodes/load/path',
      node: 'load',
      message: 'There is no file load.ipynb.',
      hint: ''
    };
    const { client } = clientWith(422, {
      status: 422,
      code: 'invalid-pipeline',
      title: '',
      detail: 'The pipeline cannot run.',
      hint: 'See its problems.',
      issues: [issue]
    });
    const error = await problemOf(client.startRun({ pipeline: 'a.pipeline' }));
    expect(error.status).toBe(422);
    expect(error.code).toBe('invalid-pipeline');
    expect(error.issues).toEqual([issue]);
    expect(sentenceOf(error)).toBe(
      'The pipeline cannot run. See its problems.'
    );
  });

  it('has a sentence where there is no problem document', async () => {
    const page = await problemOf(clientWith(502, undefined).client.kernels());
    expect(page.detail).toBe('The server answered 502 Text.');
    expect(page.code).toBe('http-502');
    const out = await problemOf(clientWith(403, undefined).client.kernels());
    expect(out.detail).toContain('signed out');
    const cut = await problemOf(clientWith(0, undefined).client.kernels());
    expect(cut.status).toBe(0);
    expect(cut.detail).toContain('cannot be reached');
  });

  it('does not take a page for an answer', async () => {
    const error = await problemOf(clientWith(200, undefined).client.kernels());
    expect(error.code).toBe('bad-answer');
  });

  it('learns how far the server is ahead, where it is clear', async () => {
    const ahead = new Date(Date.now() + 90_000).toUTCString();
    const { client } = clientWith(200, { kernels: [] }, { Date: ahead });
    await client.kernels();
    expect(Math.abs(client.now() - Date.now() - 90_000)).toBeLessThan(1500);

    const same = new Date(Date.now()).toUTCString();
    const near = clientWith(200, { kernels: [] }, { Date: same });
    await near.client.kernels();
    expect(Math.abs(near.client.now() - Date.now())).toBeLessThan(5);
  });
});

describe('inWorkspace', () => {
  it('joins paths, and text that looks like a URL stays text', () => {
    expect(inWorkspace('', 'a/b.pipeline')).toBe('a/b.pipeline');
    expect(inWorkspace('w x', 'a#b?c.pipeline')).toBe('w x/a#b?c.pipeline');
  });
});
