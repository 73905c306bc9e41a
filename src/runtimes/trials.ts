/**
 * The tests of runtimes: those that go on, and how the last one of each ended,
 * which is kept for the next time.
 */
import type { IStateDB } from '@jupyterlab/statedb';

import { sentenceOf } from '../api/client';
import type { Client } from '../api/client';
import { without } from '../model/document';
import type { RuntimeDocument } from '../model/runtime';
import { asVerdict, BEGUN, withStep } from './checks';
import type { Test, Verdict } from './checks';

const STATE_KEY = 'mlops-ext:runtimes';

export class Trials {
  constructor(
    private readonly _client: Pick<Client, 'testRuntime'>,
    private readonly _db: IStateDB | null,
    private readonly _emit: () => void
  ) {}

  test(key: string): Test | null {
    return this._tests.get(key)?.test ?? null;
  }

  verdict(name: string): Verdict | null {
    return this._verdicts[name] ?? null;
  }

  async restore(): Promise<void> {
    try {
      const kept = (await this._db?.fetch(STATE_KEY)) ?? {};
      for (const [name, value] of Object.entries(kept)) {
        const verdict = asVerdict(value);
        if (verdict) {
          this._verdicts[name] = verdict;
        }
      }
    } catch {
      // Untested, then.
    }
  }

  /** Keep how a test ended; null forgets it. */
  keep(name: string, verdict: Verdict | null): void {
    const others = without(this._verdicts, name);
    this._verdicts = verdict ? { ...others, [name]: verdict } : others;
    this._db?.save(STATE_KEY, this._verdicts).catch(() => {
      // It is tested again, then.
    });
    this._emit();
  }

  /** Stop a test, and forget its steps. */
  forget(key: string): void {
    this.stop(key);
    this._tests.delete(key);
  }

  /** What was tested is known by another name now. */
  move(from: string, to: string): void {
    const entry = this._tests.get(from);
    if (entry) {
      this._tests.delete(from);
      this._tests.set(to, entry);
    }
  }

  stop(key: string): void {
    this._tests.get(key)?.abort.abort();
  }

  /** Test a runtime, as it is kept or as a document says; null if stopped. */
  async run(
    key: string,
    name: string,
    document: RuntimeDocument | null
  ): Promise<Test | null> {
    this.stop(key);
    const abort = new AbortController();
    const entry = { test: BEGUN, abort };
    const set = (test: Test) => {
      entry.test = test;
      this._emit();
    };
    this._tests.set(key, entry);
    set(BEGUN);
    let failure: string | null = null;
    try {
      await this._client.testRuntime(
        name,
        document,
        step => set(withStep(entry.test, step)),
        abort.signal
      );
    } catch (error) {
      failure = abort.signal.aborted ? null : sentenceOf(error);
    }
    set({ ...entry.test, isRunning: false, failure });
    return abort.signal.aborted ? null : entry.test;
  }

  private readonly _tests = new Map<
    string,
    { test: Test; abort: AbortController }
  >();
  private _verdicts: { [name: string]: Verdict } = {};
}
