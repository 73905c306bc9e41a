/**
 * Which node the pointer is over, told only to the edges that touch it: were
 * it React state of the canvas, each step of the pointer would redraw it all.
 */
import { createContext, useCallback, useContext } from 'react';
import { useSyncExternalStore } from 'react';

export class Hover {
  get id(): string | null {
    return this._id;
  }

  set(id: string | null): void {
    if (id !== this._id) {
      this._id = id;
      this._listeners.forEach(listener => listener());
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  };

  private _id: string | null = null;
  private readonly _listeners = new Set<() => void>();
}

export const HoverContext = createContext(new Hover());

/** Whether the pointer is over one of two nodes. */
export function useIsNear(source: string, target: string): boolean {
  const hover = useContext(HoverContext);
  const read = useCallback(
    () => hover.id === source || hover.id === target,
    [hover, source, target]
  );
  return useSyncExternalStore(hover.subscribe, read);
}
