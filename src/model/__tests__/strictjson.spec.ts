import * as fc from 'fast-check';

import { MAX_BYTES } from '../jsonsource';
import { parseStrict } from '../strictjson';
import { clone, json } from './arbitraries';

const bytes = (text: string) => new TextEncoder().encode(text);

function read(text: string | Uint8Array): unknown {
  const result = parseStrict(text);
  if (!result.ok) {
    throw new Error(result.issues[0].message);
  }
  return result.value;
}

function refusal(text: string | Uint8Array): [string, string, string] {
  const result = parseStrict(text);
  if (result.ok) {
    throw new Error('It was read');
  }
  expect(result.issues).toHaveLength(1);
  const [{ code, message, hint, pointer, severity, node }] = result.issues;
  expect([severity, pointer, node]).toEqual(['error', '', null]);
  return [code, message, hint];
}

describe('parseStrict', () => {
  it('reads what JSON.parse reads, in any layout', () => {
    fc.assert(
      fc.property(
        json,
        fc.constantFrom(0, 1, '\t', '\r\n '),
        (value, space) => {
          const indent = typeof space === 'string' ? '\t' : space;
          const text = JSON.stringify(value, null, indent).replace(
            /\t/g,
            typeof space === 'string' ? space : ''
          );
          const found = read(text);
          expect(found).toEqual(JSON.parse(text));
          // Also the order of keys, and keys such as __proto__.
          expect(JSON.stringify(found)).toBe(JSON.stringify(value));
          expect(read(bytes(text))).toEqual(found);
        }
      ),
      { numRuns: 300 }
    );
  });

  it('refuses at least what JSON.parse refuses', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.string({ maxLength: 2 })
    );
    fc.assert(
      fc.property(json, edit, (value, [at, length, insert]) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        const edited =
          text.slice(0, place) + insert + text.slice(place + length);
        let parsed: { value: unknown } | null = null;
        try {
          parsed = { value: JSON.parse(edited) as unknown };
        } catch {
          // Then nothing can be compared but the refusal.
        }
        const result = parseStrict(edited);
        if (!parsed) {
          expect(result.ok).toBe(false);
        } else if (result.ok) {
          expect(result.value).toEqual(clone(parsed.value));
        }
      }),
      { numRuns: 1000 }
    );
  });

  it.each([
    [
      '{"a": 1,\n "a": 2}',
      'Line 2, column 2: the name "a" stands twice in the same object.'
    ],
    [
      '{"a": 1, "\\u0061": 2}',
      'Line 1, column 10: the name "\\u0061" stands twice in the same object.'
    ],
    [
      '{"__proto__": 1, "__proto__": 2}',
      'Line 1, column 18: the name "__proto__" stands twice in the same object.'
    ],
    ['[1,\n\n NaN]', 'Line 3, column 2: NaN is no number of JSON.'],
    ['[-Infinity]', 'Line 1, column 2: -Infinity is no number of JSON.'],
    [
      '[9007199254740992]',
      'Line 1, column 2: the number 9007199254740992 is too large to be read exactly.'
    ],
    [
      '[1e400]',
      'Line 1, column 2: the number 1e400 is too large to be read exactly.'
    ],
    [
      '[1e20]',
      'Line 1, column 2: the number 1e20 is too large to be read exactly.'
    ],
    [
      '["🚀🚀", "\\ud800"]',
      'Line 1, column 8: a text has half of a surrogate pair, which is no character.'
    ],
    [
      '["a\nb"]',
      'Line 1, column 2: this text is not closed, or has a character that must be escaped.'
    ],
    [
      '["a',
      'Line 1, column 2: this text is not closed, or has a character that must be escaped.'
    ],
    [
      '{"a": 1',
      'Line 1, column 8: the file ends where a comma or } was expected.'
    ],
    ['[1, // one\n2]', 'Line 1, column 5: JSON has no comments.'],
    ['[1] 2', 'Line 1, column 5: the end of the file was expected, not 2.'],
    ["['x']", 'Line 1, column 2: a value or ] was expected, not "\'".'],
    ['[01]', 'Line 1, column 3: a comma or ] was expected, not 1.'],
    ['{"a" 1}', 'Line 1, column 6: a colon was expected, not 1.'],
    ['  ', 'The file is empty.'],
    ['\ufeff{}', 'The file begins with a byte order mark.']
  ])('says of %j where and what', (text, message) => {
    expect(refusal(text).slice(0, 2)).toEqual(['bad-json', message]);
  });

  it('helps with a comma too many', () => {
    expect(refusal('[1, 2, ]')[2]).toBe('Take the comma before it away.');
  });

  it('reads numbers by their value', () => {
    const text = '[1.0, -0, 1E2, 6.02e23, 9007199254740991, 0.1]';
    expect(read(text)).toStrictEqual([1, 0, 100, 6.02e23, 2 ** 53 - 1, 0.1]);
  });

  it('sees merge conflicts first', () => {
    const text = '{"a": 1,\n<<<<<<< HEAD\n"b": 2\n=======\n';
    expect(refusal(text).slice(0, 2)).toEqual([
      'merge-conflict',
      'The file has an unfinished merge: line 2 is a conflict marker.'
    ]);
  });

  it('wants UTF-8', () => {
    const text = bytes('{"a":\n "é"}');
    expect(read(text)).toEqual({ a: 'é' });
    expect(refusal(text.slice(0, -3)).slice(0, 2)).toEqual([
      'bad-json',
      'The file is not text in UTF-8 (line 2).'
    ]);
    // A surrogate has no place in UTF-8, and neither has an overlong form.
    for (const wrong of [
      [0xed, 0xa0, 0x80],
      [0xc0, 0x80],
      [0xff, 0xfe]
    ]) {
      expect(refusal(Uint8Array.from(wrong))[0]).toBe('bad-json');
    }
  });

  it('has limits, and no nesting makes it fall over', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseStrict(nested(64)).ok).toBe(true);
    for (const text of [nested(65), nested(100_000), '['.repeat(100_000)]) {
      expect(refusal(text).slice(0, 2)).toEqual([
        'too-large',
        'Line 1, column 65: lists and objects are nested more than 64 deep.'
      ]);
    }
    expect(refusal('{"a":'.repeat(100_000))[0]).toBe('too-large');
  });

  it('reads up to 16 MB, measured as bytes', () => {
    const text = `"${'é'.repeat(MAX_BYTES / 2 - 1)}"`;
    expect(parseStrict(text).ok).toBe(true);
    expect(refusal(`${text} `)).toEqual([
      'too-large',
      'The file has 16,777,217 bytes; more than 16,777,216 are not read.',
      ''
    ]);
    expect(refusal(new Uint8Array(MAX_BYTES + 1))[0]).toBe('too-large');
  });
});
