/**
 * Python and the browser must say the same of every file: which issues, where,
 * in which words, and which bytes a save would write. Thousands of files, valid
 * and broken, are judged by both; a list of differences is the failure.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { canonicalize } from '../canonical';
import type { Issue } from '../document';
import { tidy } from '../issues';
import { readPipeline } from '../read';
import { parseStrict } from '../strictjson';
import { validate } from '../validate';
import { documents, plain } from './arbitraries';
import { mutate, mutation } from './mutations';
import { ask, ROOT } from './python';

const SEED = Number(process.env.MLOPS_SEED || 20261123);
const COUNT = Number(process.env.MLOPS_AGREEMENT || 3200);
const SHOWN = 8;

interface Verdict {
  format: string;
  issues: unknown[][];
  open: boolean;
  canonical: string | null;
}

/** What Python says of many files, asked in one batch. */
function askPython(files: readonly Uint8Array[]): Promise<Verdict[]> {
  return ask(
    'tests/agreement/judge.py',
    files.map(file => ({ data: Buffer.from(file).toString('base64') }))
  );
}

/** What this half says of a file. */
function judge(file: Uint8Array): Verdict {
  const { document, format, issues } = readPipeline(file);
  const all = document ? tidy([...issues, ...validate(document)]) : issues;
  const strict = parseStrict(file);
  const isRead =
    strict.ok &&
    !all.some(({ code }) => code === 'too-large') &&
    isRecord(file);
  return {
    format,
    issues: all.map(row),
    open: document !== null,
    canonical: strict.ok && isRead ? canonicalize(strict.value) : null
  };
}

function isRecord(file: Uint8Array): boolean {
  return /^\s*\{/.test(Buffer.from(file).toString('utf8'));
}

function row(issue: Issue): unknown[] {
  const { severity, code, pointer, node, message, hint, nodes } = issue;
  return [severity, code, pointer, node, message, hint, nodes ?? null];
}

/** How two verdicts differ, as text; null if they don't. */
function difference(python: Verdict, browser: Verdict): string | null {
  const found: string[] = [];
  for (const what of ['format', 'open', 'canonical'] as const) {
    if (python[what] !== browser[what]) {
      found.push(
        `${what}:\n  Python  ${JSON.stringify(python[what])}\n  browser ${JSON.stringify(browser[what])}`
      );
    }
  }
  const rows = (verdict: Verdict) =>
    verdict.issues.map(one => JSON.stringify(one));
  const [p, b] = [rows(python), rows(browser)];
  if (p.join('\n') !== b.join('\n')) {
    const only = (list: string[], other: string[]) =>
      list.filter(one => !other.includes(one)).map(one => `\n    ${one}`);
    found.push(
      `issues:\n  only Python: ${only(p, b).join('')}\n  only browser: ${only(b, p).join('')}`
    );
  }
  return found.length > 0 ? found.join('\n') : null;
}

async function compare(files: readonly Uint8Array[]): Promise<{
  differences: string[];
  verdicts: Verdict[];
}> {
  const asked = askPython(files);
  const ours = files.map(judge);
  const verdicts = await asked;
  expect(verdicts).toHaveLength(files.length);
  const differences = files.flatMap((file, index) => {
    const found = difference(verdicts[index], ours[index]);
    const text = Buffer.from(file).toString('utf8').slice(0, 3000);
    return found ? [`#${index}\n${found}\nof ${text}`] : [];
  });
  return { differences, verdicts };
}

const encoder = new TextEncoder();

/** A document as text, the keys in any order. */
const written = (arbitrary: fc.Arbitrary<unknown>) =>
  fc
    .tuple(arbitrary, fc.constantFrom(0, 2))
    .map(([value, indent]) => JSON.stringify(value, null, indent));

const valid = written(documents(false).map(plain));
const mutated = written(
  fc
    .tuple(documents(false), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([document, mutations]) => mutations.reduce(mutate, plain(document)))
);

const TOKENS = [
  '1.0',
  '-0',
  '1e400',
  '1E+2',
  '9007199254740991',
  '9007199254740992',
  '-9007199254740993.0',
  '1e20',
  '1e21',
  '123456789012345678901234567890',
  '01',
  '1.',
  '.5',
  '+1',
  'NaN',
  '-Infinity',
  'undefined',
  "'x'",
  '"\\u0041"',
  '"\\ud83d\\ude80"',
  '"\\ud83d"',
  '"\\x"',
  '"a\tb"',
  '// no',
  '/* no */',
  ',',
  '}',
  ']',
  '[',
  '{',
  ':',
  '"',
  '\u00a0',
  '\ufeff',
  '\n<<<<<<< HEAD\n',
  '[['.repeat(40),
  '"a":1,"a":2,',
  '"__proto__":{},"__proto__":1,'
];

/** Raw changes of a text: a token in, a piece out, a name twice. */
const raw = fc
  .tuple(
    fc.oneof(valid, mutated),
    fc.array(
      fc.record({
        how: fc.constantFrom('insert', 'replace', 'cut', 'end', 'twice'),
        at: fc.nat(),
        length: fc.nat({ max: 6 }),
        token: fc.constantFrom(...TOKENS)
      }),
      { minLength: 1, maxLength: 2 }
    )
  )
  .map(([text, changes]) =>
    changes.reduce((now, { how, at, length, token }) => {
      const place = at % (now.length + 1);
      const values = [
        ...now.matchAll(/(?<=[[:,]\s*)(-?\d[\d.e+-]*|"[^"\\]*")/g)
      ];
      switch (how) {
        case 'insert':
          return now.slice(0, place) + token + now.slice(place);
        case 'cut':
          return now.slice(0, place) + now.slice(place + length);
        case 'end':
          return now.slice(0, place);
        case 'replace': {
          if (values.length === 0) {
            return token;
          }
          const { index, 0: old } = values[at % values.length];
          return now.slice(0, index) + token + now.slice(index + old.length);
        }
        default: {
          const names = [...now.matchAll(/"[^"\\]*"\s*:/g)];
          if (names.length === 0) {
            return now;
          }
          const { index, 0: twice } = names[at % names.length];
          return `${now.slice(0, index)}${twice} 1, ${now.slice(index)}`;
        }
      }
    }, text)
  );

/** Bytes that may be no UTF-8. */
const bytes = fc
  .tuple(valid, fc.nat(), fc.constantFrom(0x80, 0xc0, 0xed, 0xff, 0x00, 0xf4))
  .map(([text, at, byte]) => {
    const data = encoder.encode(text);
    data[at % data.length] = byte;
    return data;
  });

const file: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: valid.map(text => encoder.encode(text)), weight: 5 },
  { arbitrary: mutated.map(text => encoder.encode(text)), weight: 8 },
  { arbitrary: raw.map(text => encoder.encode(text)), weight: 6 },
  { arbitrary: bytes, weight: 1 }
);

describe('the two halves agree', () => {
  it('on documents at random', async () => {
    const files = fc.sample(file, { seed: SEED, numRuns: COUNT });
    const { differences, verdicts } = await compare(files);
    const open = verdicts.filter(one => one.open).length;
    const codes = new Set(verdicts.flatMap(one => one.issues.map(i => i[1])));
    // The batch must be worth comparing: many files of either kind, all codes.
    expect(open).toBeGreaterThan(COUNT / 5);
    expect(COUNT - open).toBeGreaterThan(COUNT / 5);
    expect([...codes].sort()).toEqual(
      expect.arrayContaining([
        'bad-json',
        'cycle',
        'merge-conflict',
        'missing-edge',
        'not-a-notebook',
        'outside-workspace',
        'parameter-type',
        'runtime-needed',
        'schema',
        'secret-literal',
        'shared-output',
        'too-large',
        'unknown-node',
        'unknown-parameter',
        'unknown-type',
        'unsupported-version'
      ])
    );
    expect(
      `${differences.length} of ${files.length} differ\n${differences.slice(0, SHOWN).join('\n\n')}`
    ).toBe(`0 of ${files.length} differ\n`);
  }, 120_000);

  it('on the files of the corpus', async () => {
    const corpus = join(ROOT, 'schemas/corpus');
    const names = existsSync(corpus)
      ? readdirSync(corpus, { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile() && !entry.name.startsWith('expected'))
          .map(entry => join(entry.parentPath, entry.name))
      : [];
    const { differences } = await compare(
      names.map(path => new Uint8Array(readFileSync(path)))
    );
    expect(names.length).toBeGreaterThan(100);
    expect(differences.join('\n\n')).toBe('');
  }, 60_000);
});
