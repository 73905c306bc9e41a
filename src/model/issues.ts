/**
 * How issues are placed, worded and listed: as mlops_ext/issues.py does, so
 * that a person reads the same sentence here and on the command line.
 *
 * Order of a list: errors before warnings, then by pointer and code, by code
 * point. Of several issues with the same pointer and code one is kept: an
 * error before a warning, else the first. Then the list is cut to `LIMIT`.
 */
import type { Issue, JsonValue } from './document';
import { byCodePoint, pointerOf } from './document';

export type Place = readonly (string | number)[];

const LIMIT = 100;
const SHOWN = 40;
const PLAIN = /^[A-Za-z0-9_.-]{1,64}$/;
const OWNERS = new Map([
  ['nodes', 'Node'],
  ['comments', 'Comment'],
  ['checks', 'Check'],
  ['parameters', 'Parameter'],
  ['runtimes', 'Runtime'],
  ['layout', 'Position']
]);

/** An issue; its node is the one that the place lies in. */
export function issue(
  severity: Issue['severity'],
  code: string,
  place: Place,
  message: string,
  hint = ''
): Issue {
  const node =
    place.length > 1 && place[0] === 'nodes' ? String(place[1]) : null;
  return { severity, code, pointer: pointerOf(place), node, message, hint };
}

/** The list of issues as everybody gets it. */
export function tidy(issues: Iterable<Issue>): Issue[] {
  const kept = new Map<string, Issue>();
  for (const one of issues) {
    // No code has a space: the text before it is never part of the pointer.
    const key = `${one.code} ${one.pointer}`;
    const other = kept.get(key);
    if (!other || (other.severity === 'warning' && one.severity === 'error')) {
      kept.set(key, one);
    }
  }
  return [...kept.values()]
    .sort(
      (a, b) =>
        byCodePoint(a.severity, b.severity) ||
        byCodePoint(a.pointer, b.pointer) ||
        byCodePoint(a.code, b.code)
    )
    .slice(0, LIMIT);
}

/** Who a sentence about a place is about: "Node train: retries". */
export function subject(place: Place): string {
  const owner = OWNERS.get(String(place[0]));
  let who = 'The pipeline';
  let rest = place;
  if (place.length > 1 && owner) {
    who = `${owner} ${named(String(place[1]))}`;
    rest = place.slice(2);
  } else if (place.length > 1 && place[0] === 'edges') {
    who = `Edge ${Number(place[1]) + 1}`;
    rest = place.slice(2);
  }
  return rest.length > 0 ? `${who}: ${dotted(rest)}` : who;
}

/** A place as people write it: when.op, outputs.0 */
export function dotted(place: Place): string {
  return place.map(segment => named(String(segment))).join('.');
}

/** A name in a sentence: as it is if it looks like one, else quoted. */
export function named(text: string): string {
  return PLAIN.test(text) ? text : show(text);
}

/** A value in a sentence: short, and with what cannot be seen made visible. */
export function show(value: JsonValue): string {
  if (typeof value === 'string') {
    const characters = [...value];
    const clipped = characters.slice(0, SHOWN).map(visible).join('');
    return `'${clipped}${characters.length > SHOWN ? '…' : ''}'`;
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
  return String(value);
}

/** Words in a row: a, b or c. */
export function listed(words: readonly string[], last = 'or'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${last} ${words[words.length - 1]}`;
}

/** Characters that are not seen, end a line or change the direction of text. */
const HIDDEN = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
const ESCAPES = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\\', '\\\\']
]);

function visible(character: string): string {
  const escape = ESCAPES.get(character);
  if (escape !== undefined) {
    return escape;
  }
  return HIDDEN.test(character)
    ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    : character;
}
