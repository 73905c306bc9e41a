/**
 * Everything about one open pipeline that its screen needs: the one object
 * that the React parts, the commands and the toolbar are given.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { IMlopsApi } from '../api/tokens';
import type { CanvasController } from '../canvas/props';
import { reduce } from '../model/actions';
import type { Action } from '../model/actions';
import { canonicalize } from '../model/canonical';
import { emptyDocument } from '../model/document';
import type { Issue, PipelineDocument, Selection } from '../model/document';
import { edgeKey } from '../model/patch';
import { usualPlanRequest } from './choice';
import { RunView } from './following';
import { guardSave } from './guardsave';
import { whenIdle } from './idle';
import { IssueTracker, sameButLayout } from './issues';
import { mergeMark } from './mergemark';
import type { PipelineModel } from './model';
import { PlanTracker } from './plantracker';
import type { IRunScreen } from './screen';
import { addedBy, issuePlace, NOTHING, sameSelection } from './selecting';
import { ViewState } from './viewstate';

/** A field that should get the focus, the first if none is named; a new object asks again. */
export type FieldRequest = {
  readonly node: string | null;
  readonly pointer: string;
};

/** How long, in milliseconds, parts of the screen take to open. */
const SETTLED = 200;

export class PipelineSession implements IDisposable, IRunScreen {
  constructor(options: PipelineSession.IOptions) {
    const { context, api, db, trans } = options;
    this.context = context;
    this.api = api;
    this.trans = trans;
    this.model = context.model;
    this.view = new ViewState(db, () => this.path);
    this._document = this.document();
    this.issues = new IssueTracker({
      client: api.client,
      path: () => this.path,
      document: () => this.document(),
      source: () => canonicalize(this.document())
    });
    this.plan = new PlanTracker({
      client: api.client,
      request: () => (this.runs.isActive ? null : usualPlanRequest(this))
    });
    this.runs = new RunView(api.runs, () => this.path);
    this.runs.changed.connect(this._onRun);
    guardSave(context, trans);
    this.model.contentChanged.connect(this._onContent);
    context.saveState.connect(this._onSave);
    this.opened = context.ready.then(() => this._onReady());
  }

  readonly context: DocumentRegistry.IContext<PipelineModel>;
  readonly api: IMlopsApi;
  readonly trans: TranslationBundle;
  readonly model: PipelineModel;
  readonly view: ViewState;
  readonly issues: IssueTracker;
  readonly runs: RunView;
  /** What a run would do with the nodes. */
  readonly plan: PlanTracker;
  /** The server's clock, which the times of runs are told by. */
  readonly clock = (): number => this.api.client.now();
  /** Settled when the file was read and the screen is as it was left. */
  readonly opened: Promise<void>;
  /** The part of the page that the canvas has. */
  element: HTMLElement | null = null;
  /** The canvas, while there is one. */
  canvas: CanvasController | null = null;
  /** Where on the page the pointer was last over the canvas. */
  pointer: [number, number] | null = null;

  /** The document, or whether it can be read and written, changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get selectionChanged(): ISignal<this, void> {
    return this._selectionChanged;
  }

  /** A sentence about what was just done, or a field to go to, is new. */
  get noticed(): ISignal<this, void> {
    return this._noticed;
  }

  /** The pipeline's file, relative to the server. */
  get path(): string {
    return this.context.localPath;
  }

  /** The folder that the paths of its nodes start from. */
  get folder(): string {
    return PathExt.dirname(this.path);
  }

  get isReady(): boolean {
    return this._isReady;
  }

  get readOnly(): boolean {
    return (
      this.model.readOnly || this.context.contentsModel?.writable === false
    );
  }

  get selection(): Selection {
    return this._selection;
  }

  get notice(): string {
    return this._notice;
  }

  get field(): FieldRequest | null {
    return this._field;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._noticeTimer);
    window.clearTimeout(this._leadTimer);
    this.model.contentChanged.disconnect(this._onContent);
    this.context.saveState.disconnect(this._onSave);
    this.issues.dispose();
    this.runs.dispose();
    this.plan.dispose();
    this.view.dispose();
    Signal.clearData(this);
  }

  document(): PipelineDocument {
    return this.model.sharedModel.toDocument();
  }

  /** The path on the server of a file that a node names. */
  resolve(path: string): string {
    return PathExt.join(this.folder, path);
  }

  /** Do what a person asked for, as one step to undo. */
  dispatch(action: Action): void {
    if (this.readOnly || !this._isReady) {
      return;
    }
    const before = this.document();
    const patch = reduce(before, action);
    this.model.sharedModel.apply(patch, mergeMark(action));
    const added = addedBy(patch, before);
    if (added) {
      this.select(added);
    }
  }

  /** Read the file again, if nothing unsaved would be lost by it. */
  async reload(): Promise<void> {
    if (!this.model.dirty && !this._isSaving && !this._isDisposed) {
      await this.context.revert();
      this.model.settle();
    }
  }

  /** Make a pipeline of a file that is empty; it is written when saved. */
  start(): void {
    if (this.model.unreadable?.text.trim() === '') {
      this.model.fromString(canonicalize(emptyDocument()));
      this.model.dirty = true;
    }
  }

  undo(): void {
    if (!this.readOnly) {
      this.model.sharedModel.undo();
    }
  }

  redo(): void {
    if (!this.readOnly) {
      this.model.sharedModel.redo();
    }
  }

  select(selection: Selection): void {
    if (!sameSelection(selection, this._selection)) {
      this._selection = selection;
      this._selectionChanged.emit();
    }
  }

  /** Lead to where an issue is: its node, and the field it is about. */
  goTo(issue: Issue): void {
    const document = this.document();
    const [node = null] = [issue.node, ...(issue.nodes ?? [])].filter(
      id => id !== null && Object.hasOwn(document.nodes, id)
    );
    this.select(issuePlace(document, issue, node));
    if (node !== null) {
      this._lead(node);
    }
    this._field = { node, pointer: issue.pointer };
    this._noticed.emit();
  }

  /** Lead to when the pipeline starts by itself. */
  goToSchedule(): void {
    this.select(NOTHING);
    this._field = { node: null, pointer: '/schedule' };
    this._noticed.emit();
  }

  /** Lead to the first field of what is selected. */
  edit(): void {
    this._field = { node: null, pointer: '' };
    this._noticed.emit();
  }

  /** Lead to a node: select it and bring it into view. */
  show(node: string): void {
    if (Object.hasOwn(this.document().nodes, node)) {
      this.select({ ...NOTHING, nodes: [node] });
      this._lead(node);
    }
  }

  /** Say in a quiet place what was done; it goes by itself. */
  say(sentence: string): void {
    window.clearTimeout(this._noticeTimer);
    this._notice = sentence;
    this._noticed.emit();
    this._noticeTimer = window.setTimeout(() => {
      this._notice = '';
      this._noticed.emit();
    }, 8000);
  }

  /**
   * Bring a node into view: now, and once more when what opens beside the
   * canvas to tell about the node has taken its room.
   */
  private _lead(node: string): void {
    this.canvas?.center(node);
    window.clearTimeout(this._leadTimer);
    this._leadTimer = window.setTimeout(
      () => this.canvas?.center(node),
      SETTLED
    );
  }

  /** Give the keyboard to the canvas, where the shortcuts are. */
  focus(): void {
    const { element } = this;
    this.canvas?.focus();
    // An empty canvas has nothing to focus, and yet things to do.
    if (!element?.contains(document.activeElement)) {
      element?.focus({ preventScroll: true });
    }
  }

  private async _onReady(): Promise<void> {
    if (this._isDisposed) {
      return;
    }
    this.model.settle();
    await this.view.ready;
    if (this.isDisposed) {
      return;
    }
    this._isReady = true;
    this._changed.emit();
    if (!this.model.unreadable) {
      // First it is painted, then looked at.
      whenIdle(() => {
        if (!this._isDisposed) {
          this.issues.update();
          void this.issues.check();
          void this.runs.find();
          this.plan.look();
        }
      });
    }
  }

  /** "Stopping …" has been said for long enough when it has stopped. */
  private readonly _onRun = (): void => {
    const { isActive } = this.runs;
    if (this._wasActive && !isActive && this._notice !== '') {
      this.say('');
    }
    if (this._wasActive !== isActive) {
      this.plan.update();
    }
    this._wasActive = isActive;
  };

  private readonly _onSave = (
    _: unknown,
    state: DocumentRegistry.SaveState
  ): void => {
    this._isSaving = state === 'started';
    if (state === 'completed' && this._isReady) {
      this.plan.look();
    }
  };

  private readonly _onContent = (): void => {
    const before = this._document;
    const document = this.document();
    this._document = document;
    this._prune(document);
    if (this._isReady) {
      this.issues.update();
      if (!sameButLayout(before, document)) {
        this.runs.edited();
        this.plan.update();
      }
    }
    this._changed.emit();
  };

  /** What is gone can't be selected. */
  private _prune(document: PipelineDocument): void {
    const edges = new Set(
      (document.edges ?? []).map(({ from, to }) => edgeKey(from, to))
    );
    const { nodes, edges: keys, comments } = this._selection;
    const next = {
      nodes: nodes.filter(id => Object.hasOwn(document.nodes, id)),
      edges: keys.filter(key => edges.has(key)),
      comments: comments.filter(id =>
        Object.hasOwn(document.comments ?? {}, id)
      )
    };
    this.select(next);
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _selectionChanged = new Signal<this, void>(this);
  private readonly _noticed = new Signal<this, void>(this);
  private _document: PipelineDocument;
  private _selection: Selection = NOTHING;
  private _notice = '';
  private _noticeTimer = 0;
  private _leadTimer = 0;
  private _field: FieldRequest | null = null;
  private _wasActive = false;
  private _isReady = false;
  private _isSaving = false;
  private _isDisposed = false;
}

export namespace PipelineSession {
  export interface IOptions {
    context: DocumentRegistry.IContext<PipelineModel>;
    api: IMlopsApi;
    db: IStateDB | null;
    trans: TranslationBundle;
  }
}
