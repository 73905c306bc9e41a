/** How React parts read what lives outside React. */
import type { ISignal } from '@lumino/signaling';
import { useCallback, useSyncExternalStore } from 'react';

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
