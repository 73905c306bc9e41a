/**
 * What "Run" would do, kept current while nobody runs or types: which nodes
 * would run, which would be reused, and why. It is a help and no promise; what
 * cannot be asked now is not shown.
 */
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client, PlannedNode, PlanRequest } from '../api/client';

/** A pause in editing after which the server is asked, in milliseconds. */
const DELAY = 900;

/** What would become of each node. */
export type PlannedNodes = ReadonlyMap<string, PlannedNode>;

export class PlanTracker {
  constructor(private readonly options: PlanTracker.IOptions) {
    this._debouncer = new Debouncer(() => this._ask(), DELAY);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null where it is not known, or old. */
  get planned(): PlannedNodes | null {
    return this._planned;
  }

  /** Something changed: what was known is old, and asked for again soon. */
  update(): void {
    this._show(null);
    this.look();
  }

  /** Ask again soon; what is known stays until then. */
  look(): void {
    void this._debouncer.invoke().catch(() => undefined);
  }

  dispose(): void {
    this._isDisposed = true;
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const request = this.options.request();
    if (request === null || this._isDisposed) {
      this._show(null);
      return;
    }
    let found: PlannedNodes | null = null;
    try {
      const { nodes } = await this.options.client.plan(request);
      found = new Map(nodes.map(node => [node.id, node]));
    } catch {
      // A start would be refused, too, and say why.
    }
    const isSame =
      JSON.stringify(this.options.request()) === JSON.stringify(request);
    if (isSame && !this._isDisposed) {
      this._show(found);
    }
  }

  private _show(planned: PlannedNodes | null): void {
    const text = planned && JSON.stringify([...planned]);
    if (text !== this._text) {
      this._text = text;
      this._planned = planned;
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _debouncer: Debouncer<void>;
  private _planned: PlannedNodes | null = null;
  private _text: string | null = null;
  private _isDisposed = false;
}

export namespace PlanTracker {
  export interface IOptions {
    client: Pick<Client, 'plan'>;
    /** What a run would be started with; null while nothing can be said. */
    request: () => PlanRequest | null;
  }
}
