/**
 * A runtime as one types it: every field a text. What belongs to another kind
 * of sign-in or delivery is kept, so that trying one costs nothing.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import { originOf } from '../model/runtime';
import type {
  RuntimeAuth,
  RuntimeDelivery,
  RuntimeDocument
} from '../model/runtime';

export type Draft = {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly verify: boolean;
  readonly ca: string;
  readonly auth: RuntimeAuth['kind'];
  readonly user: string;
  /** Name of the secret that signs in. */
  readonly secret: string;
  /** One argument a line. */
  readonly command: string;
  readonly delivery: RuntimeDelivery['kind'];
  readonly path: string;
  readonly gitUrl: string;
  readonly branch: string;
  readonly folder: string;
  /** Name of the secret of the repository; '' for git's own credentials. */
  readonly gitSecret: string;
  readonly objectUrl: string;
  readonly objectConnection: string;
  readonly filesUrl: string;
  readonly filesConnection: string;
  readonly python: string;
  readonly queue: string;
  readonly pool: string;
  readonly retries: string;
  readonly poll: string;
};

export type FieldName = keyof Draft;

export const NEW: Draft = {
  name: '',
  description: '',
  url: '',
  verify: true,
  ca: '',
  auth: 'password',
  user: '',
  secret: '',
  command: '',
  delivery: 'folder',
  path: '',
  gitUrl: '',
  branch: 'main',
  folder: '',
  gitSecret: '',
  objectUrl: '',
  objectConnection: '',
  filesUrl: '',
  filesConnection: '',
  python: '',
  queue: '',
  pool: '',
  retries: '',
  poll: ''
};

/** The seconds between two looks, where nothing else is said. */
const POLL = 2;

export function draftOf(name: string, document: RuntimeDocument): Draft {
  const { auth, delivery, tls, files } = document;
  return {
    ...NEW,
    name,
    description: document.description ?? '',
    url: document.url,
    verify: tls?.verify ?? true,
    ca: tls?.ca ?? '',
    ...authDraft(auth),
    ...deliveryDraft(delivery),
    filesUrl: files.url,
    filesConnection: files.connection ?? '',
    python: document.python ?? '',
    queue: document.queue ?? '',
    pool: document.pool ?? '',
    retries: document.retries?.toString() ?? '',
    poll:
      (document.poll_seconds ?? POLL) === POLL
        ? ''
        : String(document.poll_seconds)
  };
}

function authDraft(auth: RuntimeAuth): Partial<Draft> {
  switch (auth.kind) {
    case 'password':
      return { auth: 'password', user: auth.user, secret: auth.secret };
    case 'token':
      return { auth: 'token', secret: auth.secret };
    case 'command':
      return { auth: 'command', command: auth.command.join('\n') };
    default:
      return { auth: 'none' };
  }
}

function deliveryDraft(delivery: RuntimeDelivery): Partial<Draft> {
  switch (delivery.kind) {
    case 'git':
      return {
        delivery: 'git',
        gitUrl: delivery.url,
        branch: delivery.branch,
        folder: delivery.folder ?? '',
        gitSecret: delivery.secret ?? ''
      };
    case 'object':
      return {
        delivery: 'object',
        objectUrl: delivery.url,
        objectConnection: delivery.connection ?? ''
      };
    default:
      return { delivery: 'folder', path: delivery.path };
  }
}

/** The document that a draft says. */
export function documentOf(draft: Draft): RuntimeDocument {
  return {
    version: 1,
    kind: 'airflow',
    description: draft.description.trim(),
    url: draft.url.trim().replace(/\/+$/, ''),
    auth: authOf(draft),
    tls: { verify: draft.verify, ca: given(draft.ca) },
    delivery: deliveryOf(draft),
    files: {
      url: draft.filesUrl.trim(),
      connection: given(draft.filesConnection)
    },
    python: given(draft.python),
    queue: given(draft.queue),
    pool: given(draft.pool),
    retries: given(draft.retries) === null ? null : Number(draft.retries),
    poll_seconds: given(draft.poll) === null ? POLL : Number(draft.poll)
  };
}

function authOf(draft: Draft): RuntimeAuth {
  switch (draft.auth) {
    case 'password': {
      const { user } = draft;
      return { kind: 'password', user: user.trim(), secret: secretName(draft) };
    }
    case 'token':
      return { kind: 'token', secret: secretName(draft) };
    case 'command': {
      const lines = draft.command.split('\n');
      const [program = '', ...rest] = lines.filter(line => line.trim() !== '');
      return { kind: 'command', command: [program, ...rest] };
    }
    default:
      return { kind: 'none' };
  }
}

function deliveryOf(draft: Draft): RuntimeDelivery {
  switch (draft.delivery) {
    case 'git':
      return {
        kind: 'git',
        url: draft.gitUrl.trim(),
        branch: draft.branch.trim(),
        folder: given(draft.folder),
        secret: hasPassword(draft) ? given(draft.gitSecret) : null
      };
    case 'object':
      return {
        kind: 'object',
        url: draft.objectUrl.trim(),
        connection: given(draft.objectConnection)
      };
    default:
      return { kind: 'folder', path: draft.path.trim() };
  }
}

/** Whether a repository is reached by ssh, which has keys of its own. */
export function isSsh({ gitUrl }: Draft): boolean {
  return /^ssh:|^[^:/]+@[^:/]+:/.test(gitUrl.trim());
}

/** Whether a repository is reached with a password or token. */
export function hasPassword(draft: Draft): boolean {
  return (
    draft.delivery === 'git' && !isSsh(draft) && !/^file:/.test(draft.gitUrl)
  );
}

/** The secret that signs in: as chosen, else one named like the runtime. */
export function secretName({ secret, name }: Draft): string {
  return secret.trim() || `airflow-${name.trim()}`;
}

/** The secret of the repository, for when one is typed. */
export function gitSecretName({ gitSecret, name }: Draft): string {
  return gitSecret.trim() || `git-${name.trim()}`;
}

function given(text: string): string | null {
  return text.trim() || null;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** What keeps a draft from being a runtime: a sentence a field. */
export function draftProblems(
  draft: Draft,
  taken: readonly string[],
  trans: TranslationBundle
): Partial<Record<FieldName, string>> {
  const problems: Partial<Record<FieldName, string>> = {};
  const need = (field: FieldName, sentence: string) => {
    if (String(draft[field]).trim() === '') {
      problems[field] = sentence;
    }
  };
  if (!NAME.test(draft.name.trim())) {
    problems.name = trans.__(
      'A name has letters, digits, dots, dashes and underscores, and begins with a letter or digit.'
    );
  } else if (taken.includes(draft.name.trim())) {
    problems.name = trans.__('There is a runtime of this name already.');
  }
  if (originOf(draft.url.trim()) === null) {
    problems.url = trans.__('It begins with http:// or https://.');
  }
  if (draft.auth === 'password') {
    need('user', trans.__('A user is needed.'));
  }
  if (draft.auth === 'command') {
    need('command', trans.__('A program is needed.'));
  }
  if (draft.delivery === 'folder') {
    need('path', trans.__('A folder is needed.'));
  }
  if (draft.delivery === 'git') {
    need('gitUrl', trans.__('A repository is needed.'));
    need('branch', trans.__('A branch is needed.'));
  }
  const stores: FieldName[] =
    draft.delivery === 'object' ? ['objectUrl', 'filesUrl'] : ['filesUrl'];
  for (const field of stores) {
    if (!/^[a-z][a-z0-9+.-]*:\/\/./.test(String(draft[field]).trim())) {
      problems[field] = trans.__(
        'An address such as file:///srv/files or s3://bucket/files is needed.'
      );
    }
  }
  if (draft.retries.trim() !== '' && !/^\d{1,2}$/.test(draft.retries.trim())) {
    problems.retries = trans.__('A number from 0 to 99.');
  }
  if (draft.poll.trim() !== '' && !(Number(draft.poll) >= 0.2)) {
    problems.poll = trans.__('A number of seconds, at least 0.2.');
  }
  return problems;
}

/** The field that a place of the document stands in. */
export function fieldAt(
  pointer: string | null,
  draft: Draft
): FieldName | null {
  const place = pointer?.replace(/^\/document(?=\/)/, '') ?? '';
  const inDelivery: Record<string, FieldName> =
    draft.delivery === 'git'
      ? {
          url: 'gitUrl',
          branch: 'branch',
          folder: 'folder',
          secret: 'gitSecret'
        }
      : draft.delivery === 'object'
        ? { url: 'objectUrl', connection: 'objectConnection' }
        : { path: 'path' };
  const [first, second = ''] = place.split('/').slice(1);
  switch (first) {
    case 'auth':
      return second === 'user' || second === 'command' || second === 'secret'
        ? second
        : 'auth';
    case 'tls':
      return second === 'ca' ? 'ca' : 'verify';
    case 'delivery':
      return Object.hasOwn(inDelivery, second)
        ? inDelivery[second]
        : 'delivery';
    case 'files':
      return second === 'connection' ? 'filesConnection' : 'filesUrl';
    case 'poll_seconds':
      return 'poll';
    case 'url':
    case 'description':
    case 'python':
    case 'queue':
    case 'pool':
    case 'retries':
      return first;
    default:
      return null;
  }
}
