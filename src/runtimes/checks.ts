/** A runtime's test while it goes on, and what is remembered of the last one. */
import type { TestStep } from '../api/client';

/** The steps of a test, in their order. */
export const STEPS = [
  'reach',
  'version',
  'sign-in',
  'rights',
  'delivery',
  'files'
] as const;

export type Test = {
  /** By the name of the step; what is not there has not begun. */
  readonly steps: { readonly [step: string]: TestStep };
  readonly isRunning: boolean;
  /** Why the test itself could not be made. */
  readonly failure: string | null;
};

/** What is remembered of the last test of a runtime. */
export type Verdict = {
  readonly at: string;
  readonly ok: boolean;
  /** The sentence of the first step that failed. */
  readonly message: string;
  /** What it was tested at; another address is untested. */
  readonly url: string;
};

export const BEGUN: Test = { steps: {}, isRunning: true, failure: null };

/** A test after a line of its answer; a step of an unknown name is kept. */
export function withStep(test: Test, step: TestStep): Test {
  return { ...test, steps: { ...test.steps, [step.step]: step } };
}

/** The steps as they are shown: the known ones, then others that came. */
export function stepNames({ steps }: Test): string[] {
  const known: readonly string[] = STEPS;
  return [
    ...known,
    ...Object.keys(steps).filter(name => !known.includes(name))
  ];
}

export function firstFailed({ steps }: Test): TestStep | null {
  const all = stepNames({ steps, isRunning: false, failure: null });
  return (
    all.map(name => steps[name]).find(step => step?.state === 'failed') ?? null
  );
}

/** What a test that has ended says; null when it was broken off. */
export function verdictOf(test: Test, url: string, at: Date): Verdict | null {
  const failed = firstFailed(test);
  const steps = Object.values(test.steps);
  if (test.failure !== null || steps.length === 0) {
    return null;
  }
  const isWhole = steps.every(({ state }) => state !== 'running');
  if (failed === null && !isWhole) {
    return null;
  }
  const ok = failed === null;
  return { at: at.toISOString(), ok, message: failed?.message ?? '', url };
}

/** A remembered verdict; null for what is none. */
export function asVerdict(value: unknown): Verdict | null {
  const { at, ok, message, url } = (value ?? {}) as Record<string, unknown>;
  return typeof at === 'string' &&
    typeof ok === 'boolean' &&
    typeof message === 'string' &&
    typeof url === 'string'
    ? { at, ok, message, url }
    : null;
}
