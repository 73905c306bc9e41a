/**
 * Reads a log by offset, part after part, into the lines that are shown: only
 * the end of one that is long.
 */
import { AnsiText } from './ansi';

const MOST_LINES = 5000;
/** A log longer than twice this (bytes) is read from its last part on. */
const LAST_PART = 1_000_000;

export type LogPart = {
  text: string;
  offset: number;
  next: number;
  size: number;
  complete: boolean;
};

export type Log = {
  text: AnsiText;
  /** Changes with the text. */
  version: number;
  /** Whether the log was read from its beginning. */
  isWhole: boolean;
  isLoaded: boolean;
  isComplete: boolean;
  error: string | null;
};

export function newLog(): Log {
  return {
    text: new AnsiText(MOST_LINES),
    version: 0,
    isWhole: true,
    isLoaded: false,
    isComplete: false,
    error: null
  };
}

/** Reads parts of a log into text, one after the other. */
export class LogReader {
  constructor(private readonly _part: (offset: number) => Promise<LogPart>) {}

  get log(): Log {
    return this._log;
  }

  dispose(): void {
    this._isDisposed = true;
  }

  /** Read on to the present end. */
  async read(): Promise<void> {
    for (;;) {
      let part: LogPart;
      try {
        part = await this._part(this._next);
      } catch (error) {
        this._fail(error);
        return;
      }
      if (this._isDisposed) {
        return;
      }
      if (!this._log.isLoaded && part.size > 2 * LAST_PART) {
        this._skipTo(part.size - LAST_PART);
        continue;
      }
      this._take(part);
      if (part.next >= part.size || part.next <= part.offset) {
        return;
      }
    }
  }

  private _skipTo(offset: number): void {
    this._next = offset;
    this._isSkipping = true;
    this._log = { ...this._log, isWhole: false, isLoaded: true };
  }

  private _take(part: LogPart): void {
    let { text } = part;
    if (this._isSkipping && text !== '') {
      // Reading began amid a line.
      text = text.slice(text.indexOf('\n') + 1);
      this._isSkipping = false;
    }
    this._next = part.next;
    this._log.text.write(text);
    this._log = {
      ...this._log,
      version: this._log.version + (text === '' ? 0 : 1),
      isLoaded: true,
      isComplete: part.complete && part.next >= part.size,
      error: null
    };
  }

  private _fail(error: unknown): void {
    const status = (error as { status?: unknown } | null)?.status;
    if (status === 404) {
      // A node that has not started has no log yet; one that was skipped, never.
      this._log = { ...this._log, isLoaded: true, error: null };
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    this._log = { ...this._log, error: message };
  }

  private _log = newLog();
  private _next = 0;
  private _isSkipping = false;
  private _isDisposed = false;
}
