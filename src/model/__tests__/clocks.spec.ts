/** The next times that the browser shows are those at which this machine starts. */
import * as fc from 'fast-check';

import { cronProblem, nextTimes } from '../cron';
import { ask } from './python';

const SEED = Number(process.env.MLOPS_SEED || 20261123);
const COUNT = 600;

type Question = { cron: string; timezone: string; after: string };
type Answer = { wrong: boolean; next: string[] };

const field = (low: number, high: number, names: readonly string[] = []) => {
  const value = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: 20 });
  const range = fc
    .tuple(value, value)
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  // Nobody writes steps within one value, and clocks differ in it.
  const steps = range.filter(text => new Set(text.split('-')).size > 1);
  const part = fc.oneof(
    value.map(String),
    range,
    fc.tuple(steps, step).map(([text, by]) => `${text}/${by}`),
    ...(names.length > 0 ? [fc.constantFrom(...names)] : [])
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 1, arbitrary: step.map(by => `*/${by}`) },
    { weight: 3, arbitrary: part },
    {
      weight: 1,
      arbitrary: fc
        .array(part, { minLength: 2, maxLength: 3 })
        .map(all => all.join(','))
    }
  );
};

/** Runtimes differ in what a step over all days means beside a weekday. */
const isPlain = ([, , day, , weekday]: readonly string[]) =>
  !(day.startsWith('*/') && weekday !== '*') &&
  !(weekday.startsWith('*/') && day !== '*');

const questions: fc.Arbitrary<Question> = fc.record({
  cron: fc
    .tuple(
      field(0, 61),
      field(0, 24),
      field(1, 31),
      field(1, 12, ['jan', 'OCT']),
      field(0, 7, ['sun', 'Fri'])
    )
    .filter(isPlain)
    .map(fields => fields.join(' ')),
  timezone: fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata'
  ),
  // Around the days on which clocks change, too.
  after: fc
    .oneof(
      fc.integer({ min: 0, max: 365 * 24 * 60 }),
      fc.integer({ min: 86 * 1440, max: 89 * 1440 }),
      fc.integer({ min: 296 * 1440, max: 299 * 1440 })
    )
    .map(minutes =>
      new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString()
    )
});

it('is what Python says', async () => {
  const all = fc.sample(questions, { numRuns: COUNT, seed: SEED });
  const answers = await ask<Answer>('tests/agreement/clocks.py', all);
  const different = all.flatMap(({ cron, timezone, after }, index) => {
    const isWrong = cronProblem(cron) !== null;
    const next = nextTimes(cron, timezone, Date.parse(after), 3);
    const told = answers[index].next.map(time => Date.parse(time));
    const isSame =
      isWrong === answers[index].wrong &&
      JSON.stringify(next) === JSON.stringify(told);
    const show = (times: number[]) =>
      times.map(time => new Date(time).toISOString());
    return isSame
      ? []
      : [{ cron, timezone, after, here: show(next), there: show(told) }];
  });
  expect(different.slice(0, 8)).toEqual([]);
  expect(answers.filter(({ wrong }) => !wrong).length).toBeGreaterThan(300);
});
