/** The runs that the store knows of, and those that are gone for good. */
import type { RunSummary } from '../model/run';
import { newestFirst } from './entries';
import type { Entry } from './entries';

export class RunTable {
  find(id: string): Entry | undefined {
    return this._entries.get(id);
  }

  /** The entry of a run, made if there is none. */
  entry(id: string): Entry {
    let entry = this._entries.get(id);
    if (entry === undefined) {
      entry = {
        id,
        run: null,
        summary: null,
        wanted: 0,
        watchers: 0,
        busy: null
      };
      this._entries.set(id, entry);
    }
    return entry;
  }

  all(): Entry[] {
    return [...this._entries.values()];
  }

  /** What is known of the runs, newest first. */
  sorted(): readonly RunSummary[] {
    this._order ??= this.all()
      .map(entry => entry.run ?? entry.summary)
      .filter(run => run !== null)
      .sort(newestFirst);
    return this._order;
  }

  /** What is known of a run changed. */
  touch(): void {
    this._order = null;
  }

  isGone(id: string): boolean {
    return this._gone.has(id);
  }

  /** Answers whether it was known. */
  forget(id: string): boolean {
    this._gone.add(id);
    return this._entries.delete(id);
  }

  /**
   * The runs that should be on the newest page and are not.
   *
   * @param before - the runs that were known when the page was asked for
   * @param isAll - whether there are no older runs than those of the page
   */
  missing(
    before: ReadonlySet<string>,
    page: readonly RunSummary[],
    isAll: boolean
  ): string[] {
    const listed = new Set(page.map(run => run.id));
    const oldest = page.at(-1)?.created ?? '';
    return this.sorted()
      .filter(run => isAll || run.created > oldest)
      .map(({ id }) => id)
      .filter(id => before.has(id) && !listed.has(id));
  }

  private readonly _entries = new Map<string, Entry>();
  private readonly _gone = new Set<string>();
  private _order: RunSummary[] | null = null;
}
