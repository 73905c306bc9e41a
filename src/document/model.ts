/** The model that JupyterLab opens, saves and reverts: text outside, a shared document inside. */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IChangedArgs } from '@jupyterlab/coreutils';
import type {
  PartialJSONValue,
  ReadonlyPartialJSONValue
} from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { YPipeline } from './ypipeline';
import type { IPipelineChange, IUnreadable } from './ypipeline';

export class PipelineModel implements DocumentRegistry.IModel {
  constructor(options: DocumentRegistry.IModelOptions<YPipeline> = {}) {
    this.sharedModel = options.sharedModel ?? YPipeline.create();
    this.collaborative = options.collaborationEnabled ?? false;
    this.sharedModel.changed.connect(this._onChanged);
  }

  readonly sharedModel: YPipeline;
  readonly collaborative: boolean;
  readonly defaultKernelName = '';
  readonly defaultKernelLanguage = '';

  get contentChanged(): ISignal<this, void> {
    return this._contentChanged;
  }

  get stateChanged(): ISignal<this, IChangedArgs<unknown>> {
    return this._stateChanged;
  }

  get dirty(): boolean {
    return this.sharedModel.dirty;
  }

  set dirty(value: boolean) {
    if (value !== this.dirty && !(value && this.unreadable)) {
      this.sharedModel.dirty = value;
    }
  }

  /** What cannot be read is never written either. */
  get readOnly(): boolean {
    return this._readOnly || this.unreadable !== null;
  }

  set readOnly(value: boolean) {
    const oldValue = this.readOnly;
    this._readOnly = value;
    this._tellReadOnly(oldValue);
  }

  /** Why the file is no pipeline, with its text; null if it is one. */
  get unreadable(): IUnreadable | null {
    return this.sharedModel.unreadable;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** Make an empty file, of which no text arrives, one that cannot be read. */
  settle(): void {
    if (!this.sharedModel.loaded && !this.collaborative) {
      this.fromString('');
    }
  }

  toString(): string {
    return this.sharedModel.getSource();
  }

  fromString(value: string): void {
    this.sharedModel.setSource(value);
  }

  toJSON(): PartialJSONValue {
    return this.unreadable
      ? this.unreadable.text
      : (this.sharedModel.toDocument() as unknown as PartialJSONValue);
  }

  fromJSON(value: ReadonlyPartialJSONValue): void {
    this.fromString(JSON.stringify(value));
  }

  /** Nothing to do: the shared model is ready as it is made. */
  initialize(): void {
    return;
  }

  private readonly _onChanged = (
    _: YPipeline,
    change: IPipelineChange
  ): void => {
    if (change.pipelineChange) {
      this._contentChanged.emit();
      this._tellReadOnly(this._wasReadOnly);
    }
    for (const { name, oldValue, newValue } of change.stateChange ?? []) {
      if (oldValue !== newValue) {
        this._stateChanged.emit({
          name,
          oldValue: oldValue as unknown,
          newValue: newValue as unknown
        });
      }
    }
  };

  private _tellReadOnly(oldValue: boolean): void {
    const newValue = this.readOnly;
    this._wasReadOnly = newValue;
    if (oldValue !== newValue) {
      this._stateChanged.emit({ name: 'readOnly', oldValue, newValue });
    }
  }

  private readonly _contentChanged = new Signal<this, void>(this);
  private readonly _stateChanged = new Signal<this, IChangedArgs<unknown>>(
    this
  );
  private _readOnly = false;
  private _wasReadOnly = false;
  private _isDisposed = false;
}

/** Makes models for pipeline files. */
export class PipelineModelFactory implements DocumentRegistry.IModelFactory<
  PipelineModel,
  YPipeline
> {
  readonly name = 'mlopspipeline';
  /** Names the shared document too: both ends of a collaboration agree on it. */
  readonly contentType = 'mlopspipeline';
  readonly fileFormat = 'text';
  readonly collaborative = true;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
  }

  createNew(
    options: DocumentRegistry.IModelOptions<YPipeline> = {}
  ): PipelineModel {
    return new PipelineModel(options);
  }

  preferredLanguage(): string {
    return '';
  }

  private _isDisposed = false;
}
