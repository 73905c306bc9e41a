/** How React parts read what lives outside React. */
import type { ISignal } from '@lumino/signaling';
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';

/**
 * The value of a getter, read again whenever a signal says so. The getter must
 * answer with the same object as long as nothing changed.
 */
export function useSignal<S, A, T>(signal: ISignal<S, A>, read: () => T): T {
  const subscribe = useCallback(
    (notify: () => void) => {
      const slot = () => notify();
      signal.connect(slot);
      return () => {
        signal.disconnect(slot);
      };
    },
    [signal]
  );
  return useSyncExternalStore(subscribe, read);
}

/** A function that stays the same and always does what the newest one does. */
export function useLatest<A extends unknown[], R>(
  callback: (...args: A) => R
): (...args: A) => R {
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
