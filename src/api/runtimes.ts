/**
 * The runtimes that there are, the same for all who show them: what one panel
 * adds, the run dialog offers. This machine is always among them.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { LOCAL } from '../model/runtime';
import type { RuntimeDocument } from '../model/runtime';
import type { Client } from './client';
import { sentenceOf } from './errors';
import type { Runtime } from './types';

type StoreClient = Pick<
  Client,
  'runtimes' | 'runtime' | 'saveRuntime' | 'removeRuntime'
>;

export class RuntimeStore {
  constructor(
    private readonly _client: StoreClient,
    localLabel: string
  ) {
    this._known = [
      {
        name: LOCAL,
        kind: LOCAL,
        label: localLabel,
        description: '',
        url: null
      }
    ];
  }

  /** A runtime was added, changed or removed, or the server does not answer. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** This machine first; the same array as long as nothing changed. */
  get known(): readonly Runtime[] {
    return this._known;
  }

  /** Why the last request failed, or null. */
  get failure(): string | null {
    return this._failure;
  }

  /** Whether the server answered once. */
  get isReady(): boolean {
    return this._isReady;
  }

  find(name: string): Runtime | null {
    return this._known.find(runtime => runtime.name === name) ?? null;
  }

  /** Ask the server which there are. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const found = await this._client.runtimes();
      const isNew = JSON.stringify(found) !== JSON.stringify(this._known);
      if (isNew && found.length > 0) {
        this._known = found;
        this._documents.clear();
      }
      this._failure = null;
      this._isReady = true;
    } catch (error) {
      this._failure = sentenceOf(error);
    }
    this._changed.emit();
  }

  /** The document of a configured runtime. */
  async load(name: string, again = false): Promise<RuntimeDocument> {
    const known = again ? undefined : this._documents.get(name);
    const document = known ?? (await this._client.runtime(name));
    this._documents.set(name, document);
    return document;
  }

  async save(name: string, document: RuntimeDocument): Promise<void> {
    await this._client.saveRuntime(name, document);
    this._documents.delete(name);
    await this.refresh();
  }

  async remove(name: string): Promise<void> {
    await this._client.removeRuntime(name);
    this._documents.delete(name);
    await this.refresh();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _documents = new Map<string, RuntimeDocument>();
  private _known: readonly Runtime[];
  private _failure: string | null = null;
  private _isReady = false;
}
