/**
 * The pipelines that runtimes start by their schedules, the same for all who
 * show them: the Runtimes panel, and the pipeline's own properties. A runtime
 * is asked as long as somebody watches it.
 */
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from './client';
import { sentenceOf } from './errors';
import type { Deployment } from './types';

const INTERVAL = 4_000;
const LONGEST_INTERVAL = 60_000;

type StoreClient = Pick<
  Client,
  'deployments' | 'setPaused' | 'schedulePipeline' | 'unschedule'
>;

type Entry = {
  found: readonly Deployment[] | null;
  failure: string | null;
  watchers: number;
  poll: Poll | null;
};

const UNKNOWN: Entry = { found: null, failure: null, watchers: 0, poll: null };

export class DeploymentStore {
  constructor(private readonly _client: StoreClient) {}

  /** What is known of a runtime changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is on a runtime; null while that is not known. */
  known(runtime: string): readonly Deployment[] | null {
    return this._entries.get(runtime)?.found ?? null;
  }

  /** Why the last look at a runtime failed, or null. */
  failure(runtime: string): string | null {
    return this._entries.get(runtime)?.failure ?? null;
  }

  /** Keep what is known of a runtime current until disposed. */
  watch(runtime: string): IDisposable {
    const entry = this._entries.get(runtime) ?? { ...UNKNOWN };
    this._entries.set(runtime, entry);
    entry.watchers += 1;
    entry.poll ??= new Poll({
      name: `mlops-ext:deployments-${runtime}`,
      standby: 'when-hidden',
      frequency: { interval: INTERVAL, backoff: true, max: LONGEST_INTERVAL },
      factory: () => this._look(runtime, entry)
    });
    return new DisposableDelegate(() => {
      entry.watchers -= 1;
      if (entry.watchers === 0) {
        entry.poll?.dispose();
        entry.poll = null;
      }
    });
  }

  /** Let a schedule rest, or go on. */
  async setPaused(
    runtime: string,
    dagId: string,
    paused: boolean
  ): Promise<void> {
    await this._client.setPaused(runtime, dagId, paused);
    await this._again(runtime);
  }

  /** Bring a pipeline to a runtime, which starts it by its schedule. */
  async schedule(
    runtime: string,
    pipeline: string,
    sha256: string | null
  ): Promise<void> {
    await this._client.schedulePipeline(runtime, pipeline, sha256);
    await this._again(runtime);
  }

  /** Switch a schedule off; what runs goes on. */
  async unschedule(runtime: string, dagId: string): Promise<void> {
    await this._client.unschedule(runtime, dagId);
    await this._again(runtime);
  }

  private async _again(runtime: string): Promise<void> {
    await this._entries.get(runtime)?.poll?.refresh();
  }

  private async _look(runtime: string, entry: Entry): Promise<void> {
    try {
      const found = await this._client.deployments(runtime);
      const isNew = JSON.stringify(found) !== JSON.stringify(entry.found);
      const { failure } = entry;
      entry.failure = null;
      if (isNew) {
        entry.found = found;
      }
      if (isNew || failure !== null) {
        this._changed.emit();
      }
    } catch (error) {
      entry.failure = sentenceOf(error);
      this._changed.emit();
      throw error;
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _entries = new Map<string, Entry>();
}
