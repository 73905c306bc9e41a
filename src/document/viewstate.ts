/**
 * How a person likes the screen: what is folded, how large things are, where
 * the canvas was. Kept in JupyterLab's state database and never in the file,
 * which would otherwise change by being looked at.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { JsonValue } from '../model/document';

export type DrawerTab = 'problems' | 'run' | 'log' | 'results';

/** The same for all pipelines. */
export type Panels = {
  readonly palette: boolean;
  readonly properties: boolean;
  readonly propertiesWidth: number;
  readonly drawer: boolean;
  readonly drawerHeight: number;
};

/** What is remembered of one pipeline. */
export type Remembered = {
  readonly viewport?: { x: number; y: number; zoom: number };
  readonly runtime?: string;
  readonly mode?: 'in-place' | 'isolated';
  readonly maxParallel?: number | null;
  readonly parameters?: { [name: string]: JsonValue };
};

const PANELS: Panels = {
  palette: true,
  properties: true,
  propertiesWidth: 280,
  drawer: false,
  drawerHeight: 240
};
const PANELS_KEY = 'mlops-ext:panels';

export class ViewState {
  /**
   * @param db - where it is remembered; null remembers for this session only
   * @param path - the pipeline, relative to the server
   * @param initial - what differs from the usual where nothing is remembered
   */
  constructor(
    private readonly db: IStateDB | null,
    private readonly path: () => string,
    initial: Partial<Panels> = {}
  ) {
    this._kept = { ...PANELS, ...initial };
    this._panels = this._kept;
    this.ready = this._load();
  }

  /** Settled when what was remembered has been read. */
  readonly ready: Promise<void>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get panels(): Panels {
    return this._panels;
  }

  get tab(): DrawerTab {
    return this._tab;
  }

  get remembered(): Remembered {
    return this._remembered;
  }

  /**
   * Change panels.
   *
   * @param keep - false for what the program opens by itself: the next
   * pipeline opens as the person left it
   */
  setPanels(next: Partial<Panels>, keep = true): void {
    this._panels = { ...this._panels, ...next };
    if (keep) {
      this._kept = { ...this._kept, ...next };
      this._save(PANELS_KEY, this._kept);
    }
    this._changed.emit();
  }

  /** Show a tab of the drawer, opening it. */
  showTab(tab: DrawerTab, keep = false): void {
    this._tab = tab;
    if (this._panels.drawer) {
      this._changed.emit();
    } else {
      this.setPanels({ drawer: true }, keep);
    }
  }

  remember(next: Remembered): void {
    this._remembered = { ...this._remembered, ...next };
    this._save(this._key(), this._remembered);
    this._changed.emit();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private async _load(): Promise<void> {
    const [panels, remembered] = await Promise.all([
      this._fetch(PANELS_KEY),
      this._fetch(this._key())
    ]);
    this._kept = { ...this._kept, ...panels };
    this._panels = this._kept;
    this._remembered = { ...remembered };
    this._changed.emit();
  }

  private async _fetch(key: string): Promise<object | null> {
    try {
      const value = await this.db?.fetch(key);
      return typeof value === 'object' ? value : null;
    } catch {
      // A lost preference is no reason not to open a pipeline.
      return null;
    }
  }

  private _save(key: string, value: object): void {
    this.db?.save(key, value as ReadonlyPartialJSONValue).catch(() => {
      // As above: the screen works without it.
    });
  }

  private _key(): string {
    return `mlops-ext:pipeline:${this.path()}`;
  }

  private readonly _changed = new Signal<this, void>(this);
  private _kept: Panels;
  private _panels: Panels;
  private _tab: DrawerTab = 'problems';
  private _remembered: Remembered = {};
}
