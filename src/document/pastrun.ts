/** What the screen of a past run shows: the pipeline as it was, and the run. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IMlopsApi } from '../api/tokens';
import type { CanvasController } from '../canvas/props';
import { emptyDocument } from '../model/document';
import type { PipelineDocument, Selection } from '../model/document';
import type { Run } from '../model/run';
import { sentenceOf } from './runner';
import type { IRunScreen } from './screen';
import { NOTHING } from './selecting';
import { ViewState } from './viewstate';

export class PastRun implements IRunScreen, IDisposable {
  constructor(
    readonly id: string,
    readonly api: IMlopsApi,
    readonly trans: TranslationBundle
  ) {
    this.view = new ViewState(null, () => '', { drawer: true });
    this.view.showTab('run');
    this._watch = api.runs.watch(id);
    api.runs.changed.connect(this._onRuns);
    this._run = api.runs.get(id);
    void this._load();
  }

  readonly view: ViewState;
  readonly clock = (): number => this.api.client.now();
  readonly notice = '';
  canvas: CanvasController | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get selectionChanged(): ISignal<this, void> {
    return this._changed;
  }

  get noticed(): ISignal<this, void> {
    return this._changed;
  }

  get runs(): this {
    return this;
  }

  get run(): Run | null {
    return this._run;
  }

  get selection(): Selection {
    return this._selection;
  }

  /** Why the run cannot be shown, or null. */
  get failure(): string | null {
    return this._failure;
  }

  get isLoaded(): boolean {
    return this._document !== null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._watch.dispose();
      this.api.runs.changed.disconnect(this._onRuns);
      this.view.dispose();
      Signal.clearData(this);
    }
  }

  document(): PipelineDocument {
    return this._document ?? EMPTY;
  }

  select(selection: Selection): void {
    this._selection = selection;
    this._changed.emit();
  }

  show(node: string): void {
    this.select({ ...NOTHING, nodes: [node] });
    this.canvas?.center(node);
  }

  private async _load(): Promise<void> {
    try {
      const [{ document }, run] = await Promise.all([
        this.api.client.runPipeline(this.id),
        this.api.runs.load(this.id)
      ]);
      this._document = document;
      this._run = run;
    } catch (error) {
      this._failure = sentenceOf(error);
    }
    this._changed.emit();
  }

  private readonly _onRuns = (): void => {
    const run = this.api.runs.get(this.id) ?? this._run;
    if (run !== this._run) {
      this._run = run;
      this._changed.emit();
    }
  };

  private readonly _changed = new Signal<this, void>(this);
  private readonly _watch: IDisposable;
  private _document: PipelineDocument | null = null;
  private _run: Run | null;
  private _selection: Selection = NOTHING;
  private _failure: string | null = null;
  private _isDisposed = false;
}

const EMPTY = emptyDocument();
