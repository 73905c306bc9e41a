/**
 * What the server knows of files, kernels and secrets, as the forms need it:
 * at once what was known last, and fresh as soon as it comes.
 */
import { createContext, useContext, useEffect } from 'react';
import { useSyncExternalStore } from 'react';

import type {
  Inspection,
  Kernel,
  SecretNames,
  Undeclared
} from '../api/client';
import type { PropertiesClient } from './props';

/** An answer older than this, in milliseconds, is asked for again. */
const FRESH = 3000;

type Entry = { value: unknown; asked: number; isLoading: boolean };

export class Facts {
  constructor(private readonly client: PropertiesClient | null) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  };

  /** Changes with every answer. */
  get version(): number {
    return this._version;
  }

  inspection(path: string): Inspection | null {
    return (this._entries.get(`file ${path}`)?.value ??
      null) as Inspection | null;
  }

  /** The kernels; null while they are not known. */
  get kernels(): readonly Kernel[] | null {
    return (this._entries.get('kernels')?.value ?? null) as Kernel[] | null;
  }

  get secrets(): SecretNames | null {
    return (this._entries.get('secrets')?.value ?? null) as SecretNames | null;
  }

  get undeclared(): Undeclared | null {
    return (this._entries.get('undeclared')?.value ??
      null) as Undeclared | null;
  }

  wantFile(path: string): void {
    this._want(`file ${path}`, client => client.inspect(path));
  }

  wantKernels(): void {
    this._want('kernels', client => client.kernels());
  }

  wantSecrets(isNew = false): void {
    this._want('secrets', client => client.secrets(), isNew);
  }

  /** With news of another run the answer is old. */
  wantUndeclared(run: string): void {
    const isNew = run !== this._run;
    this._run = run;
    this._want('undeclared', client => client.undeclared(), isNew);
  }

  private _want(
    key: string,
    ask: (client: PropertiesClient) => Promise<unknown>,
    isNew = false
  ): void {
    const old = this._entries.get(key);
    const now = Date.now();
    const isFresh = old && (old.isLoading || now - old.asked < FRESH);
    if (!this.client || (isFresh && !isNew)) {
      return;
    }
    const entry: Entry = { value: old?.value, asked: now, isLoading: true };
    this._entries.set(key, entry);
    ask(this.client)
      .then(
        value => {
          entry.value = value;
        },
        () => {
          // Without an answer the forms take what is typed.
        }
      )
      .finally(() => {
        entry.isLoading = false;
        this._version++;
        this._listeners.forEach(listener => listener());
      });
  }

  private readonly _entries = new Map<string, Entry>();
  private readonly _listeners = new Set<() => void>();
  private _version = 0;
  private _run: string | null = null;
}

export const FactsContext = createContext(new Facts(null));

function useFacts(): Facts {
  const facts = useContext(FactsContext);
  useSyncExternalStore(facts.subscribe, () => facts.version);
  return facts;
}

/** What is known of the file at a path of the pipeline; null for nothing yet. */
export function useInspection(path: string | undefined): Inspection | null {
  const facts = useFacts();
  useEffect(() => {
    if (path) {
      facts.wantFile(path);
    }
  }, [facts, path]);
  return path ? facts.inspection(path) : null;
}

/** What is known of several files, by their path. */
export function useInspections(
  paths: readonly string[]
): (path: string) => Inspection | null {
  const facts = useFacts();
  const key = paths.join('\n');
  useEffect(() => {
    key
      .split('\n')
      .filter(Boolean)
      .forEach(path => facts.wantFile(path));
  }, [facts, key]);
  return path => facts.inspection(path);
}

export function useKernels(): readonly Kernel[] | null {
  const facts = useFacts();
  useEffect(() => facts.wantKernels(), [facts]);
  return facts.kernels;
}

/** The names of secrets, and how to ask for them again. */
export function useSecrets(): [SecretNames | null, () => void] {
  const facts = useFacts();
  useEffect(() => facts.wantSecrets(), [facts]);
  return [facts.secrets, () => facts.wantSecrets(true)];
}

/**
 * What runs read and made that is not declared; null for nothing known.
 *
 * @param run - the run that is shown, and how it stands: with news of it the
 * answer is old
 */
export function useUndeclared(run: string): Undeclared | null {
  const facts = useFacts();
  useEffect(() => facts.wantUndeclared(run), [facts, run]);
  return facts.undeclared;
}
