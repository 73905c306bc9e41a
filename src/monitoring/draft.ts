/**
 * The document that a form edits, between JupyterLab's text and the server: what
 * the text says, what is wrong with it, what it would say of the newest batch.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { sentenceOf } from '../api/client';
import type { Client } from '../api/client';
import type { MonitorStore } from '../api/monitors';
import type { Issue, JsonObject, JsonValue } from '../model/document';
import type { Evaluation, MonitorDocument } from '../model/monitor';
import { monitorText } from '../model/monitortext';
import { readMonitor, valueAt, withValueAt } from './editing';
import type { Reading } from './editing';

const PAUSE = 600;

export interface DraftView {
  reading: Reading;
  issues: readonly Issue[];
  preview: Evaluation | null;
  /** Why there is no preview, or null. */
  refusal: string | null;
  isPreviewing: boolean;
  /** The checks in force; null until they are known. */
  checks: JsonObject | null;
  columns: readonly string[];
}

export class MonitorDraft implements IDisposable {
  constructor(
    private readonly _context: DocumentRegistry.CodeContext,
    private readonly _client: Pick<Client, 'validate'>,
    private readonly _monitors: MonitorStore.IClient
  ) {
    this._look = new Debouncer(() => this._ask(), PAUSE);
    this._view = {
      reading: { error: '' },
      issues: [],
      preview: null,
      refusal: null,
      isPreviewing: false,
      checks: null,
      columns: []
    };
    void _context.ready.then(() => {
      if (!this._isDisposed) {
        _context.model.contentChanged.connect(this._onText);
        this._onText();
      }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get view(): DraftView {
    return this._view;
  }

  get readOnly(): boolean {
    return this._context.model.readOnly;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._look.dispose();
      this._context.model.contentChanged.disconnect(this._onText);
      Signal.clearData(this);
    }
  }

  /** Nothing is asked of the server while nobody looks at the form. */
  set isShown(isShown: boolean) {
    if (this._isShown !== isShown) {
      this._isShown = isShown;
      void this._ask();
    }
  }

  change(path: readonly string[], value: JsonValue | undefined): void {
    const { document } = this._view.reading as { document?: JsonObject };
    if (document && !this.readOnly) {
      const text = monitorText(withValueAt(document, path, value));
      this._context.model.sharedModel.setSource(text);
    }
  }

  undo(): void {
    this._context.model.sharedModel.undo();
  }

  redo(): void {
    this._context.model.sharedModel.redo();
  }

  private readonly _onText = (): void => {
    this._set({ reading: readMonitor(this._context.model.toString()) });
    void this._look.invoke().catch(ignore);
  };

  private async _ask(): Promise<void> {
    const { reading } = this._view;
    if (!this._isShown || this._isDisposed) {
      return;
    }
    this._asked += 1;
    const asked = this._asked;
    const isLate = () => asked !== this._asked || this._isDisposed;
    const text = this._context.model.toString();
    const path = this._context.path;
    const report = await this._client.validate(path, text).catch(() => null);
    if (isLate()) {
      return;
    }
    const issues = report?.issues ?? [];
    this._set({ issues });
    if (
      reading.error !== undefined ||
      issues.some(({ severity }) => severity === 'error')
    ) {
      this._set({ preview: null, refusal: null, isPreviewing: false });
      return;
    }
    void this._learnColumns(reading.document);
    await this._preview(path, reading.document, isLate);
  }

  private async _preview(
    path: string,
    document: JsonObject,
    isLate: () => boolean
  ): Promise<void> {
    this._set({ isPreviewing: true });
    try {
      const preview = await this._monitors.preview(
        path,
        document as unknown as MonitorDocument
      );
      if (!isLate()) {
        const checks = preview.checks ?? this._view.checks;
        this._set({ preview, checks, refusal: null, isPreviewing: false });
      }
    } catch (error) {
      if (!isLate()) {
        const refusal = sentenceOf(error);
        this._set({ preview: null, refusal, isPreviewing: false });
      }
    }
  }

  /** The columns of the baseline, for fields that name one. Once for each baseline. */
  private async _learnColumns(document: JsonObject): Promise<void> {
    const baseline = valueAt(document, ['baseline', 'path']);
    if (typeof baseline !== 'string' || baseline === this._baseline) {
      return;
    }
    this._baseline = baseline;
    const folder = this._context.path.split('/').slice(0, -1).join('/');
    const path = folder === '' ? baseline : `${folder}/${baseline}`;
    try {
      const { columns } = await this._monitors.propose({ path });
      this._set({ columns: columns.map(({ name }) => name) });
    } catch {
      // Names can be typed without being offered.
    }
  }

  private _set(changed: Partial<DraftView>): void {
    if (!this._isDisposed) {
      this._view = { ...this._view, ...changed };
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _look: Debouncer;
  private _view: DraftView;
  private _baseline = '';
  private _asked = 0;
  private _isShown = false;
  private _isDisposed = false;
}

/** A debouncer that was disposed of rejects what waited. */
function ignore(): void {
  return;
}
