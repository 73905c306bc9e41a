import * as fc from 'fast-check';
import { nullTranslator } from '@jupyterlab/translation';

import type { RuntimeDocument } from '../../model/runtime';
import { documentOf, draftOf, draftProblems, fieldAt, NEW } from '../draft';

const trans = nullTranslator.load('mlops_ext');

const word = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
  .map(text => text.trim())
  .filter(text => text !== '' && !text.includes('\n'));
const maybe = fc.option(word);

const documents: fc.Arbitrary<RuntimeDocument> = fc.record({
  version: fc.constant(1 as const),
  kind: fc.constant('airflow' as const),
  description: fc.oneof(fc.constant(''), word),
  url: fc.constantFrom('https://airflow.example.org', 'http://127.0.0.1:8080'),
  auth: fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({
      kind: fc.constant('password' as const),
      user: word,
      secret: word
    }),
    fc.record({ kind: fc.constant('token' as const), secret: word }),
    fc.record({
      kind: fc.constant('command' as const),
      command: fc
        .tuple(word, fc.array(word, { maxLength: 2 }))
        .map(([program, rest]): [string, ...string[]] => [program, ...rest])
    })
  ),
  tls: fc.record({ verify: fc.boolean(), ca: maybe }),
  delivery: fc.oneof(
    fc.record({ kind: fc.constant('folder' as const), path: word }),
    fc.record({
      kind: fc.constant('git' as const),
      url: word.map(path => `https://git.example.org/${path}`),
      branch: word,
      folder: maybe,
      secret: maybe
    }),
    fc.record({
      kind: fc.constant('git' as const),
      url: fc.constantFrom('git@example.org:a.git', 'ssh://example.org/a.git'),
      branch: word,
      folder: maybe,
      secret: fc.constant(null)
    }),
    fc.record({
      kind: fc.constant('object' as const),
      url: word,
      connection: maybe
    })
  ),
  files: fc.record({ url: word, connection: maybe }),
  python: maybe,
  queue: maybe,
  pool: maybe,
  retries: fc.option(fc.nat(99)),
  poll_seconds: fc.constantFrom(0.5, 2, 30)
});

describe('draftOf and documentOf', () => {
  it('give a document back as it was', () => {
    fc.assert(
      fc.property(documents, document => {
        expect(documentOf(draftOf('prod', document))).toEqual(document);
      })
    );
  });

  it('name the secret like the runtime where none is named', () => {
    const draft = { ...NEW, name: 'prod', user: 'ci' };
    expect(documentOf(draft).auth).toEqual({
      kind: 'password',
      user: 'ci',
      secret: 'airflow-prod'
    });
    expect(documentOf({ ...draft, auth: 'none' }).auth).toEqual({
      kind: 'none'
    });
  });

  it('read what older documents leave out', () => {
    const document: RuntimeDocument = {
      version: 1,
      kind: 'airflow',
      url: 'https://a.example.org',
      auth: { kind: 'none' },
      delivery: { kind: 'folder', path: '/dags' },
      files: { url: 'file:///files' }
    };
    const draft = draftOf('a', document);
    expect(draft.verify).toBe(true);
    expect(documentOf(draft).poll_seconds).toBe(2);
  });
});

describe('draftProblems', () => {
  it('says what is missing, and only where it is asked for', () => {
    const empty = draftProblems(NEW, [], trans);
    expect(Object.keys(empty).sort()).toEqual([
      'filesUrl',
      'name',
      'path',
      'url',
      'user'
    ]);
    const good = {
      ...NEW,
      name: 'prod',
      url: 'https://a.example.org',
      auth: 'none' as const,
      path: '/dags',
      filesUrl: 's3://bucket/files'
    };
    expect(draftProblems(good, ['local'], trans)).toEqual({});
    expect(draftProblems(good, ['prod'], trans).name).toContain('already');
    const hostile = { ...good, url: 'javascript:alert(1)', name: '../x' };
    expect(Object.keys(draftProblems(hostile, [], trans)).sort()).toEqual([
      'name',
      'url'
    ]);
  });
});

describe('hasPassword', () => {
  it('is so of https alone', () => {
    const git = { ...NEW, delivery: 'git' as const, gitSecret: 'git-prod' };
    const of = (gitUrl: string) => documentOf({ ...git, gitUrl }).delivery;
    expect(of('https://ci@example.org:443/a.git')).toHaveProperty(
      'secret',
      'git-prod'
    );
    for (const url of ['git@h:a.git', 'ssh://git@h/a.git', 'file:///a.git']) {
      expect(of(url)).toHaveProperty('secret', null);
    }
  });
});

describe('fieldAt', () => {
  it('finds the field of a place in the document', () => {
    const git = { ...NEW, delivery: 'git' as const };
    expect(fieldAt('/delivery/url', git)).toBe('gitUrl');
    expect(fieldAt('/document/delivery/path', NEW)).toBe('path');
    expect(fieldAt('/delivery/__proto__', NEW)).toBe('delivery');
    expect(fieldAt('/files', NEW)).toBe('filesUrl');
    expect(fieldAt('/auth/user', NEW)).toBe('user');
    expect(fieldAt('/elsewhere', NEW)).toBeNull();
    expect(fieldAt(null, NEW)).toBeNull();
  });
});
