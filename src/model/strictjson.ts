/**
 * JSON as text, stricter than JSON.parse and with a place for what is wrong.
 *
 * JSON.parse takes duplicate keys, lone surrogates and numbers that no double
 * holds; each would mean something else to Python, or nothing, and be lost
 * when the file is saved. mlops_ext/jsontext.py is the twin and tells the rules.
 */
import type { Issue, JsonObject, JsonValue } from './document';
import { setOwn } from './document';
import { issue } from './issues';
import {
  decoded,
  lineAndColumn,
  refuseMergeConflict,
  Unreadable
} from './jsonsource';

export const MAX_DEPTH = 64;

export type Strict =
  { ok: true; value: JsonValue } | { ok: false; issues: Issue[] };

/** The value that a text holds, or the first thing that is wrong with it. */
export function parseStrict(source: string | Uint8Array): Strict {
  try {
    const text = decoded(source);
    refuseMergeConflict(text);
    return { ok: true, value: new Reader(text).run() };
  } catch (error) {
    if (error instanceof Unreadable) {
      const { code, message, hint } = error;
      return { ok: false, issues: [issue('error', code, [], message, hint)] };
    }
    throw error;
  }
}

/** Whether a number can be written, and read again as the same number. */
export function isExact(value: number): boolean {
  const size = Math.abs(value);
  // From 1e21 on it is written with an exponent: no integer of the text.
  return size <= Number.MAX_SAFE_INTEGER || (size >= 1e21 && size !== Infinity);
}

/** Whether a text has no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

const LONE_SURROGATE = /[\ud800-\udfff]/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const HEX = /[0-9a-fA-F]{4}/y;
const CUT = 40;

/** A list or object that is being read. */
interface Open {
  readonly value: JsonValue[] | JsonObject;
  key: string;
}

/**
 * Reads tokens in one loop and keeps what is open on a stack of its own, so
 * that no depth of nesting overflows the engine's.
 */
class Reader {
  constructor(private readonly _text: string) {}

  run(): JsonValue {
    if (/^[ \t\n\r]*$/.test(this._text)) {
      throw new Unreadable('bad-json', 'The file is empty.');
    }
    for (;;) {
      this._skipSpace();
      const at = this._position;
      if (at === this._text.length && this._expected === END) {
        return this._root;
      }
      this._token(this._text[at]);
    }
  }

  private _skipSpace(): void {
    for (;;) {
      const unit = this._text.charCodeAt(this._position);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) {
        return;
      }
      this._position++;
    }
  }

  private _token(first: string | undefined): void {
    switch (first) {
      case '{':
      case '[':
        return this._open(first);
      case '}':
      case ']':
        return this._close(first);
      case ',':
        return this._comma();
      case ':':
        return this._colon();
      case '"':
        return this._string();
      case undefined:
        return this._noToken();
      default:
        return this._numberOrWord(first);
    }
  }

  private _open(bracket: '{' | '['): void {
    if (!this._expectsValue()) {
      this._unexpected(bracket);
    }
    if (this._stack.length === MAX_DEPTH) {
      const what = `lists and objects are nested more than ${MAX_DEPTH} deep`;
      this._fail(what, '', 'too-large');
    }
    const value = bracket === '[' ? [] : {};
    this._put(value);
    this._stack.push({ value, key: '' });
    this._expected = bracket === '[' ? VALUE_OR_CLOSE : NAME_OR_CLOSE;
    this._position++;
  }

  private _close(bracket: '}' | ']'): void {
    if (!this._expected.endsWith(`or ${bracket}`)) {
      this._unexpected(bracket);
    }
    this._stack.pop();
    this._position++;
    this._afterValue();
  }

  private _comma(): void {
    if (!this._expected.startsWith('a comma')) {
      this._unexpected(',');
    }
    this._expected = Array.isArray(this._top?.value) ? VALUE : NAME;
    this._position++;
  }

  private _colon(): void {
    if (this._expected !== COLON) {
      this._unexpected(':');
    }
    this._expected = VALUE;
    this._position++;
  }

  private _string(): void {
    const end = this._stringEnd();
    if (end < 0) {
      return this._noToken();
    }
    const token = this._text.slice(this._position, end);
    if (this._expected === NAME || this._expected === NAME_OR_CLOSE) {
      this._name(token);
    } else if (this._expectsValue()) {
      this._put(this._unescaped(token));
      this._position = end;
      this._afterValue();
    } else {
      this._unexpected(token);
    }
    this._position = end;
  }

  private _name(token: string): void {
    const key = this._unescaped(token);
    const open = this._top as Open;
    if (Object.hasOwn(open.value, key)) {
      const what = `the name ${cut(token)} stands twice in the same object`;
      this._fail(what, 'Take one of the two out.');
    }
    open.key = key;
    this._expected = COLON;
  }

  /** Where the string ends that begins here; -1 if it is none. */
  private _stringEnd(): number {
    const text = this._text;
    for (let i = this._position + 1; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0x22) {
        return i + 1;
      }
      if (unit < 0x20) {
        return -1;
      }
      if (unit === 0x5c) {
        i++;
        HEX.lastIndex = i + 1;
        if (text[i] === 'u' && HEX.test(text)) {
          i += 4;
        } else if (i >= text.length || !'"\\/bfnrt'.includes(text[i])) {
          return -1;
        }
      }
    }
    return -1;
  }

  private _unescaped(token: string): string {
    const text = token.includes('\\')
      ? (JSON.parse(token) as string)
      : token.slice(1, -1);
    if (!isWellFormed(text)) {
      this._fail('a text has half of a surrogate pair, which is no character');
    }
    return text;
  }

  private _numberOrWord(first: string): void {
    const isWord = first === 't' || first === 'f' || first === 'n';
    const pattern = isWord ? WORD : NUMBER;
    pattern.lastIndex = this._position;
    const token = pattern.exec(this._text)?.[0];
    if (token === undefined) {
      return this._noToken();
    }
    if (!this._expectsValue()) {
      this._unexpected(token);
    }
    if (isWord) {
      this._put(token === 'null' ? null : token === 'true');
    } else {
      const value = Number(token);
      if (!isExact(value) || (/^-?[0-9]+$/.test(token) && !isSafe(value))) {
        const what = `the number ${cut(token)} is too large to be read exactly`;
        this._fail(what, 'Write it as a text.');
      }
      // Minus zero becomes zero.
      this._put(value + 0);
    }
    this._position += token.length;
    this._afterValue();
  }

  private _put(value: JsonValue): void {
    const open = this._top;
    if (!open) {
      this._root = value;
    } else if (Array.isArray(open.value)) {
      open.value.push(value);
    } else {
      setOwn(open.value, open.key, value);
    }
  }

  private _afterValue(): void {
    const open = this._top;
    this._expected = !open
      ? END
      : Array.isArray(open.value)
        ? COMMA_OR_BRACKET
        : COMMA_OR_BRACE;
  }

  private _expectsValue(): boolean {
    return this._expected === VALUE || this._expected === VALUE_OR_CLOSE;
  }

  private get _top(): Open | undefined {
    return this._stack[this._stack.length - 1];
  }

  private _unexpected(token: string): never {
    const hint =
      token === ']' || token === '}' ? 'Take the comma before it away.' : '';
    this._fail(`${this._expected} was expected, not ${cut(token)}`, hint);
  }

  private _noToken(): never {
    const rest = this._text.slice(this._position, this._position + 9);
    if (rest === '') {
      this._fail(`the file ends where ${this._expected} was expected`);
    }
    for (const word of ['NaN', 'Infinity', '-Infinity']) {
      if (rest.startsWith(word)) {
        this._fail(`${word} is no number of JSON`);
      }
    }
    if (rest.startsWith('"')) {
      this._fail(
        'this text is not closed, or has a character that must be escaped'
      );
    }
    if (/^(?:\/\/|\/\*|#)/.test(rest)) {
      this._fail('JSON has no comments');
    }
    const character = JSON.stringify([...rest][0]);
    this._fail(`${this._expected} was expected, not ${character}`);
  }

  private _fail(what: string, hint = '', code = 'bad-json'): never {
    const [line, column] = lineAndColumn(this._text, this._position);
    throw new Unreadable(
      code,
      `Line ${line}, column ${column}: ${what}.`,
      hint
    );
  }

  private readonly _stack: Open[] = [];
  private _root: JsonValue = null;
  private _position = 0;
  private _expected = VALUE;
}

// What may come next, in the words in which a person reads it.
const VALUE = 'a value';
const VALUE_OR_CLOSE = 'a value or ]';
const NAME = 'a name in double quotes';
const NAME_OR_CLOSE = 'a name in double quotes or }';
const COLON = 'a colon';
const COMMA_OR_BRACKET = 'a comma or ]';
const COMMA_OR_BRACE = 'a comma or }';
const END = 'the end of the file';

function isSafe(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function cut(token: string): string {
  return token.length <= CUT ? token : [...token].slice(0, CUT).join('');
}
