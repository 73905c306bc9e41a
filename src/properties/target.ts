/**
 * What a form writes to: one node, several, or the pipeline's defaults. Fields
 * don't know which; they read a value, perhaps an inherited one, and write one.
 */
import type { Action } from '../model/actions';
import type { JsonValue, PipelineDocument } from '../model/document';
import { asJson, isObject, own, pointerOf, sameJson } from '../model/document';
import { nodeName } from './results';

/** The value of a field that is not the same in all nodes. */
export const SEVERAL = Symbol('several values');
export type Held = JsonValue | undefined | typeof SEVERAL;

export type Target = {
  /** Names what is edited: fields start anew when it is another. */
  readonly key: string;
  /** JSON pointers of what is edited; a field's lies below. */
  readonly pointers: readonly string[];
  read(field: string): Held;
  /** What holds where nothing is set. */
  inherited(field: string): JsonValue | undefined;
  /** What is shown where nothing is set and nothing inherited, if one thing is edited. */
  usual(field: string): string | undefined;
  write(field: string, value: JsonValue | undefined): void;
  /** Each of several nodes for itself; empty where one thing is edited. */
  readonly single: readonly Target[];
};

type OnAction = (action: Action) => void;

export function nodeTarget(
  document: PipelineDocument,
  ids: readonly string[],
  onAction: OnAction
): Target {
  const values = (field: string) =>
    ids.map(id => member(asJson(document.nodes[id]), field));
  return {
    key: ids.join(' '),
    pointers: ids.map(id => pointerOf(['nodes', id])),
    read: field => common(values(field)),
    inherited: field => member(asJson(document.defaults ?? {}), field),
    usual: field =>
      field === 'label' && ids.length === 1
        ? nodeName(document, ids[0])
        : undefined,
    write: (field, value) =>
      onAction(
        field === 'label' && ids.length === 1
          ? {
              type: 'rename-node',
              id: ids[0],
              label: typeof value === 'string' ? value : undefined
            }
          : { type: 'set-node-field', ids, field, value }
      ),
    single:
      ids.length > 1 ? ids.map(id => nodeTarget(document, [id], onAction)) : []
  };
}

export function defaultsTarget(
  document: PipelineDocument,
  onAction: OnAction
): Target {
  return {
    key: 'defaults',
    pointers: ['/defaults'],
    read: field => member(asJson(document.defaults ?? {}), field),
    inherited: () => undefined,
    usual: () => undefined,
    write: (field, value) => onAction({ type: 'set-default', field, value }),
    single: []
  };
}

/**
 * The fields within a field, such as a node's resources: each is a field for
 * who edits it, and one object in the file. Where several nodes differ in the
 * object, each keeps the rest of its own.
 */
export function partOf(target: Target, field: string): Target {
  const whole = target.read(field);
  const base = isObject(whole) ? whole : {};
  const parts =
    whole === SEVERAL ? target.single.map(each => partOf(each, field)) : [];
  return {
    key: `${target.key} ${field}`,
    pointers: target.pointers.map(pointer => pointer + pointerOf([field])),
    read: part =>
      whole === SEVERAL
        ? common(parts.map(each => each.read(part)))
        : own(base, part),
    inherited: part => member(target.inherited(field), part),
    usual: () => undefined,
    write: (part, value) => {
      if (whole === SEVERAL) {
        parts.forEach(each => each.write(part, value));
      } else {
        target.write(field, withEntry(base, part, value));
      }
    },
    single: parts
  };
}

/** An object with an entry set, or removed. */
export function withEntry(
  object: Readonly<Record<string, JsonValue>>,
  key: string,
  value: JsonValue | undefined
): JsonValue {
  const entries = Object.entries(object);
  const at = entries.findIndex(([name]) => name === key);
  if (value === undefined) {
    return Object.fromEntries(entries.filter(([name]) => name !== key));
  }
  if (at < 0) {
    entries.push([key, value]);
  } else {
    entries[at] = [key, value];
  }
  return Object.fromEntries(entries);
}

function member(
  value: JsonValue | undefined,
  key: string
): JsonValue | undefined {
  return isObject(value) ? own(value, key) : undefined;
}

function common(values: readonly Held[]): Held {
  const [first, ...others] = values;
  return others.every(value => sameJson(value, first)) ? first : SEVERAL;
}
