/**
 * What stands in the way of a pipeline, found in two steps: at once by the
 * rules that need nothing but the document, and a moment later by the server,
 * which also knows files, notebooks and kernels. Typing never waits for either.
 */
import { Debouncer } from '@lumino/polling';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import type { Issue, PipelineDocument } from '../model/document';
import { checkSchema } from '../model/schema';
import { validate } from '../model/validate';

const DELAY = 400;

/** What the rules here can find; all else only the server knows. */
const LOCAL_CODES = new Set([
  'schema',
  'unknown-type',
  'cycle',
  'unknown-node',
  'unknown-parameter',
  'parameter-type',
  'missing-edge',
  'shared-output',
  'secret-literal'
]);

export class IssueTracker {
  constructor(private readonly options: IssueTracker.IOptions) {
    this._debouncer = new Debouncer(() => this._ask(), DELAY);
    this._document = options.document();
    this._local = findIssues(this._document);
    this._issues = this._local;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The issues of the document as it is now, worst first at each place. */
  get issues(): readonly Issue[] {
    return this._issues;
  }

  /** Why the server could not be asked, or null. */
  get failure(): string | null {
    return this._failure;
  }

  /** The document may have changed: look at it, and ask the server soon. */
  update(): void {
    const document = this.options.document();
    if (sameButLayout(document, this._document)) {
      this._document = document;
      return;
    }
    const before = this._document;
    this._document = document;
    this._local = findIssues(document);
    this._server = null;
    // What the server said of a node that did not change is still true.
    const kept = this._issues.filter(
      issue =>
        !LOCAL_CODES.has(issue.code) &&
        issue.node !== null &&
        before.nodes[issue.node] === document.nodes[issue.node]
    );
    this._show([...this._local, ...kept]);
    void this._debouncer.invoke().catch(() => undefined);
  }

  /** Ask the server now. */
  async check(): Promise<void> {
    await this._debouncer.stop();
    await this._ask();
  }

  /** Show what the server said when it refused to start a run. */
  refused(issues: readonly Issue[]): void {
    const known = new Set(this._issues.map(identity));
    const news = issues.filter(issue => !known.has(identity(issue)));
    if (news.length > 0) {
      this._show([...this._issues, ...news]);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._debouncer.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const document = this._document;
    const { client, path, source } = this.options;
    let issues: Issue[] | null = null;
    let failure: string | null = null;
    try {
      issues = (await client.validate(path(), source())).issues;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (this._isDisposed || !sameButLayout(document, this._document)) {
      return;
    }
    this._failure = failure;
    this._server = issues ?? this._server;
    this._show(this._server ?? this._issues);
  }

  private _show(issues: readonly Issue[]): void {
    this._issues = issues;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _debouncer: Debouncer<void>;
  private _document: PipelineDocument;
  private _local: readonly Issue[];
  private _server: readonly Issue[] | null = null;
  private _issues: readonly Issue[];
  private _failure: string | null = null;
  private _isDisposed = false;
}

export namespace IssueTracker {
  export interface IOptions {
    client: Pick<Client, 'validate'>;
    /** The pipeline's path on the server. */
    path: () => string;
    document: () => PipelineDocument;
    /** The canonical text of the document. */
    source: () => string;
  }
}

/** The law first: what breaks it, the rules may not understand. */
function findIssues(document: PipelineDocument): readonly Issue[] {
  const broken = checkSchema(document);
  return broken.some(issue => issue.severity === 'error')
    ? broken
    : validate(document);
}

/** Whether two documents differ in nothing that an issue could be about. */
export function sameButLayout(
  a: PipelineDocument,
  b: PipelineDocument
): boolean {
  if (a === b) {
    return true;
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete('layout');
  return [...keys].every(
    key => a[key as keyof PipelineDocument] === b[key as keyof PipelineDocument]
  );
}

function identity(issue: Issue): string {
  return `${issue.code} ${issue.pointer} ${issue.message}`;
}
