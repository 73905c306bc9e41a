/**
 * What the Runtimes panel is about, apart from how it looks. It outlives a
 * redraw: what one has typed stays until it is saved or given up.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { ApiError, sentenceOf } from '../api/client';
import type { SecretNames } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import { sameJson } from '../model/document';
import { originOf } from '../model/runtime';
import type { RuntimeDocument } from '../model/runtime';
import { verdictOf } from './checks';
import type { Test, Verdict } from './checks';
import {
  documentOf,
  draftOf,
  draftProblems,
  fieldAt,
  gitSecretName,
  hasPassword,
  NEW,
  secretName
} from './draft';
import type { Draft, FieldName } from './draft';
import { Trials } from './trials';

/** A runtime being added or changed. */
export type Editing = {
  /** The runtime that is changed; null for a new one. */
  readonly name: string | null;
  readonly saved: RuntimeDocument | null;
  readonly start: Draft;
  readonly draft: Draft;
  /** What was typed into the password fields: it goes to the server only. */
  readonly secret: string;
  readonly gitSecret: string;
  /** Whether what is missing is said: from the first try to save on. */
  readonly isJudged: boolean;
  readonly isSaving: boolean;
  readonly refusal: { field: FieldName | null; sentence: string } | null;
};

/** A document that was tested before it was saved. */
type Tried = {
  readonly document: RuntimeDocument;
  /** How the test ended; null until it does. */
  verdict: Verdict | null;
  /** The runtime that it was saved as since. */
  savedAs: string | null;
};

export class RuntimesModel {
  constructor(
    readonly api: IMlopsApi,
    db: IStateDB | null,
    readonly trans: TranslationBundle
  ) {
    this._trials = new Trials(api.client, db, () => this._emit());
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get editing(): Editing | null {
    return this._editing;
  }

  /** Whether the form is shown; what was typed is kept also when it is not. */
  get isFormShown(): boolean {
    return this._isFormShown && this._editing !== null;
  }

  get secrets(): SecretNames | null {
    return this._secrets;
  }

  /** Names of the runtimes that are open in the list. */
  get open(): ReadonlySet<string> {
    return this._open;
  }

  /** Whether something typed would be lost. */
  get isDirty(): boolean {
    const editing = this._editing;
    return (
      editing !== null &&
      (editing.draft !== editing.start ||
        editing.secret !== '' ||
        editing.gitSecret !== '')
    );
  }

  /** The test of a runtime, or of the draft (''). */
  test(name: string): Test | null {
    return this._trials.test(name);
  }

  /** The last test of a runtime at the address that it has. */
  verdict(name: string): Verdict | null {
    const verdict = this._trials.verdict(name);
    const url = this.api.runtimes.find(name)?.url;
    return verdict?.url === url ? verdict : null;
  }

  async restore(): Promise<void> {
    await this._trials.restore();
    await this.api.runtimes.refresh();
    const [first, ...more] = this.api.runtimes.known.filter(
      ({ kind }) => kind !== 'local'
    );
    if (first && more.length === 0) {
      this._open = new Set([first.name]);
    }
    this._emit();
  }

  setOpen(name: string, isOpen: boolean): void {
    const open = new Set(this._open);
    if (isOpen) {
      open.add(name);
    } else {
      open.delete(name);
    }
    this._open = open;
    this._emit();
  }

  /** Begin a new one; what was typed into another is asked about before. */
  add(): void {
    this._begin(null, null, NEW);
  }

  async edit(name: string): Promise<void> {
    if (this._editing?.name === name) {
      this.showForm(true);
      return;
    }
    const document = await this.api.runtimes.load(name, true);
    this._begin(name, document, draftOf(name, document));
  }

  showForm(isShown: boolean): void {
    this._isFormShown = isShown;
    this._emit();
  }

  change(next: Partial<Draft>): void {
    this._edit(editing => ({
      draft: { ...editing.draft, ...next },
      refusal: null
    }));
  }

  type(next: { secret?: string; gitSecret?: string }): void {
    this._edit(() => next);
  }

  /** Forget what was typed. */
  discard(): void {
    this._trials.forget('');
    this._editing = null;
    this._isFormShown = false;
    this._emit();
  }

  problems(): Partial<Record<FieldName, string>> {
    const editing = this._editing;
    if (!editing) {
      return {};
    }
    const { draft, refusal, isJudged } = editing;
    const taken = editing.name === null ? this._names() : [];
    const found = isJudged ? draftProblems(draft, taken, this.trans) : {};
    return refusal?.field
      ? { ...found, [refusal.field]: refusal.sentence }
      : found;
  }

  /** Whether a kept secret may not be sent to the address that is typed. */
  isSecretBound(): boolean {
    const { saved, draft } = this._editing ?? {};
    return (
      saved !== null &&
      saved !== undefined &&
      draft !== undefined &&
      originOf(saved.url) !== originOf(draft.url.trim())
    );
  }

  /** Keep the runtime, and the secrets that were typed. Answers its name. */
  async save(): Promise<string | null> {
    const editing = this._judge();
    if (!editing) {
      return null;
    }
    this._edit(() => ({ isSaving: true, refusal: null }));
    const name = editing.draft.name.trim();
    try {
      const draft = await this._keepSecrets(editing);
      const document = documentOf(draft);
      await this.api.runtimes.save(name, document);
      this._settle(name, document, editing.saved);
      return name;
    } catch (error) {
      this._edit(({ draft }) => ({
        isSaving: false,
        refusal: {
          field:
            error instanceof ApiError
              ? fieldAt(error.problem.pointer, draft)
              : null,
          sentence: sentenceOf(error)
        }
      }));
      return null;
    }
  }

  async remove(name: string): Promise<void> {
    await this.api.runtimes.remove(name);
    this._trials.forget(name);
    this._trials.keep(name, null);
  }

  /** Try a runtime as it is kept. */
  async tryKept(name: string): Promise<void> {
    this.setOpen(name, true);
    const url = this.api.runtimes.find(name)?.url ?? '';
    const test = await this._trials.run(name, name, null);
    const verdict = test && verdictOf(test, url, new Date());
    if (verdict) {
      this._trials.keep(name, verdict);
    }
  }

  /** Try what is typed, before it is kept. Secrets have to be kept for it. */
  async tryDraft(): Promise<void> {
    const editing = this._judge();
    if (!editing) {
      return;
    }
    try {
      const draft = await this._keepSecrets(editing);
      const document = documentOf(draft);
      const tried: Tried = { document, verdict: null, savedAs: null };
      this._tried = tried;
      const test = await this._trials.run('', draft.name.trim(), document);
      tried.verdict = test && verdictOf(test, document.url, new Date());
      if (tried.verdict && tried.savedAs !== null) {
        this._trials.keep(tried.savedAs, tried.verdict);
      }
    } catch (error) {
      this._edit(() => ({
        refusal: { field: null, sentence: sentenceOf(error) }
      }));
    }
  }

  stopTest(name: string): void {
    this._trials.stop(name);
  }

  private _begin(
    name: string | null,
    saved: RuntimeDocument | null,
    start: Draft
  ): void {
    this.discard();
    this._editing = {
      name,
      saved,
      start,
      draft: start,
      secret: '',
      gitSecret: '',
      isJudged: false,
      isSaving: false,
      refusal: null
    };
    this._isFormShown = true;
    this._tried = null;
    this._emit();
    this.api.client.secrets().then(
      secrets => {
        this._secrets = secrets;
        this._emit();
      },
      () => {
        // It is said when one is kept.
      }
    );
  }

  /** What is edited, if nothing is missing in it. */
  private _judge(): Editing | null {
    this._edit(() => ({ isJudged: true }));
    return Object.keys(this.problems()).length === 0 ? this._editing : null;
  }

  /** The typed secrets go to the server, and are gone from here. */
  private async _keepSecrets(editing: Editing): Promise<Draft> {
    let { draft } = editing;
    const { client } = this.api;
    const isUsed = draft.auth === 'password' || draft.auth === 'token';
    if (isUsed && editing.secret !== '') {
      draft = { ...draft, secret: secretName(draft) };
      await client.setSecret(draft.secret, editing.secret);
    }
    if (hasPassword(draft) && editing.gitSecret !== '') {
      draft = { ...draft, gitSecret: gitSecretName(draft) };
      await client.setSecret(draft.gitSecret, editing.gitSecret);
    }
    if (draft !== editing.draft) {
      this._edit(() => ({ draft, secret: '', gitSecret: '' }));
      this._secrets = await client.secrets();
      this._emit();
    }
    return draft;
  }

  /** After a save: what was tested as it is now stays tested. */
  private _settle(
    name: string,
    document: RuntimeDocument,
    before: RuntimeDocument | null
  ): void {
    const tried = this._tried;
    if (tried && sameJson(tried.document, document)) {
      // A test that goes on is one of the saved runtime from now on.
      tried.savedAs = name;
      this._trials.keep(name, tried.verdict);
      this._trials.move('', name);
    } else if (!sameJson(before, document)) {
      this._trials.forget(name);
      this._trials.keep(name, null);
    }
    this._trials.forget('');
    this._open = new Set([...this._open, name]);
    this._editing = null;
    this._isFormShown = false;
    this._emit();
  }

  private _names(): string[] {
    return this.api.runtimes.known.map(({ name }) => name);
  }

  private _edit(next: (editing: Editing) => Partial<Editing>): void {
    if (this._editing) {
      this._editing = { ...this._editing, ...next(this._editing) };
      this._emit();
    }
  }

  private _emit(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _trials: Trials;
  private _tried: Tried | null = null;
  private _editing: Editing | null = null;
  private _isFormShown = false;
  private _secrets: SecretNames | null = null;
  private _open: ReadonlySet<string> = new Set();
}
