/**
 * A field that is being typed in. It keeps what the person types, also while
 * that is no value yet, and hands a value on when the typing pauses or the
 * field is left: one change for one edit, and nothing lost.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';

import type { JsonValue } from '../model/document';
import type { Read } from '../ui/typed';

/** A pause in typing after which the document gets the value. */
const PAUSE = 300;

export type Draft = {
  readonly text: string;
  /** Why what stands in the field is no value. */
  readonly error: string;
  onText(text: string): void;
  onBlur(): void;
  onKeyDown(event: KeyboardEvent<HTMLElement>): void;
};

export type DraftOptions<T> = {
  /** How the document's value stands in the field. */
  text: string;
  read(text: string): Read<T>;
  commit(value: T | undefined): void;
  /** When the document gets it: in pauses, or only when the field is left. */
  when?: 'pause' | 'leave';
  /** Enter is part of the text. */
  isLong?: boolean;
};

export function useDraft<T = JsonValue>(options: DraftOptions<T>): Draft {
  const { when = 'pause', isLong = false } = options;
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState('');
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  /** What was typed and is not the document's yet. */
  const pending = useRef<string | null>(null);
  const timer = useRef(0);
  const isOwn = useRef(false);

  const commit = useCallback((): boolean => {
    window.clearTimeout(timer.current);
    const text = pending.current;
    if (text === null) {
      return true;
    }
    const read = latest.current.read(text);
    if (read.error !== undefined) {
      setError(read.error);
      return false;
    }
    pending.current = null;
    setError('');
    if (text !== latest.current.text) {
      isOwn.current = true;
      latest.current.commit(read.value);
    }
    return true;
  }, []);

  // Somebody else changed the value (undo, a colleague): theirs is shown.
  const { text } = options;
  useEffect(() => {
    if (isOwn.current) {
      isOwn.current = false;
    } else if (pending.current === null) {
      setDraft(null);
    }
  }, [text]);

  useEffect(
    () => () => {
      // The field goes away while one types: another node was clicked.
      commit();
    },
    [commit]
  );

  const discard = () => {
    window.clearTimeout(timer.current);
    pending.current = null;
    setDraft(null);
    setError('');
  };
  return {
    text: draft ?? text,
    error,
    onText: next => {
      setDraft(next);
      setError('');
      pending.current = next;
      window.clearTimeout(timer.current);
      if (when === 'pause') {
        timer.current = window.setTimeout(commit, PAUSE);
      }
    },
    onBlur: () => {
      if (commit()) {
        setDraft(null);
      }
    },
    onKeyDown: event => {
      if (event.key === 'Escape' && pending.current !== null) {
        event.stopPropagation();
        discard();
      } else if (event.key === 'Enter' && (!isLong || event.ctrlKey)) {
        if (commit()) {
          setDraft(null);
        }
      }
    }
  };
}
