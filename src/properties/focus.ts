/** Leading to a field: its group is opened, it is scrolled to, and focused. */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

import type { PipelineDocument } from '../model/document';
import { own } from '../model/document';
import { nodeFields } from '../model/law';
import { groupOf } from './groups';
import type { FieldRequest } from './props';

/** The group in which the field of a pointer stands, or null. */
export function groupOfPointer(
  document: PipelineDocument,
  pointer: string
): string | null {
  const [, block, id, name] = pointer.split('/');
  if (block === 'nodes') {
    const type = own(document.nodes, id)?.type;
    const schema =
      type === undefined ? undefined : own(nodeFields(type) ?? {}, name);
    return schema ? groupOf(name, schema) : null;
  }
  const groups: Record<string, string> = {
    parameters: 'declared',
    defaults: 'defaults',
    schedule: 'schedule'
  };
  return own(groups, block) ?? null;
}

/** Focus the field that is asked for, once it is there. */
export function useFieldFocus(
  root: RefObject<HTMLElement>,
  request: FieldRequest | null | undefined,
  open: (group: string) => void,
  document: PipelineDocument
): void {
  const done = useRef<FieldRequest | null | undefined>(null);
  const latest = useRef({ open, document });
  useEffect(() => {
    latest.current = { open, document };
  });
  useEffect(() => {
    if (!request || request === done.current) {
      return undefined;
    }
    const group = groupOfPointer(latest.current.document, request.pointer);
    if (group !== null) {
      latest.current.open(group);
    }
    // The selection that comes with it, and the group, are drawn by then.
    let left = 5;
    const attempt = () => {
      const field =
        request.pointer === ''
          ? root.current?.querySelector<HTMLElement>('[data-mlops-field]')
          : closest(root.current, request.pointer);
      if (field) {
        done.current = request;
        focusField(field);
      } else if (left-- > 0) {
        frame = requestAnimationFrame(attempt);
      }
    };
    let frame = requestAnimationFrame(attempt);
    return () => cancelAnimationFrame(frame);
  }, [root, request]);
}

/** The field of a pointer, or the nearest that it lies in. */
function closest(
  root: HTMLElement | null,
  pointer: string
): HTMLElement | null {
  let best: HTMLElement | null = null;
  let length = -1;
  root?.querySelectorAll<HTMLElement>('[data-mlops-field]').forEach(element => {
    for (const place of element.dataset.mlopsField?.split('\n') ?? []) {
      const isHere = pointer === place || pointer.startsWith(`${place}/`);
      if (place && isHere && place.length > length) {
        best = element;
        length = place.length;
      }
    }
  });
  return best;
}

function focusField(field: HTMLElement): void {
  field.scrollIntoView?.({ block: 'center' });
  const input = field.querySelector<HTMLElement>(
    'input:not(:disabled), select:not(:disabled), textarea:not(:disabled)'
  );
  (input ?? field.querySelector<HTMLElement>('button'))?.focus({
    preventScroll: true
  });
}
