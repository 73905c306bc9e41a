/** A request that did not succeed, as a value with a sentence for people. */
import type { Issue } from '../model/document';

/** What a refused request answers (schemas/problem.v1.json). */
export type Problem = {
  status: number;
  code: string;
  title: string;
  detail: string;
  hint: string;
  pointer: string | null;
  node: string | null;
  issues: Issue[] | null;
};

/** A request that was refused, or that did not arrive (status 0). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }

  get detail(): string {
    return this.problem.detail || this.problem.title;
  }

  get hint(): string {
    return this.problem.hint;
  }

  get issues(): Issue[] {
    return this.problem.issues ?? [];
  }
}

/** An error as a sentence for people, with what to do. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) {
    return [error.detail, error.hint].filter(Boolean).join(' ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** A problem document of what is known of a failure. */
export function problem(status: number, known: Partial<Problem>): Problem {
  return {
    title: '',
    detail: '',
    hint: '',
    pointer: null,
    node: null,
    issues: null,
    ...known,
    code: known.code ?? `http-${status}`,
    status
  };
}
