/** What a run is started with: as asked for, as remembered, else as usual. */
import type {
  PlanRequest,
  RunMode,
  RunRequest,
  RunSelect
} from '../api/client';
import { canonicalize } from '../model/canonical';
import { own } from '../model/document';
import type { JsonValue, PipelineDocument } from '../model/document';
import { LOCAL } from '../model/runtime';
import { chosenRuntime } from './runtimes';
import type { PipelineSession } from './session';

export type RunOptions = {
  /** Ask for parameters, mode and the like, also where nothing is missing. */
  ask?: boolean;
  mode?: RunMode;
  select?: RunSelect | null;
  /** Run also what has not changed. */
  again?: boolean;
  /** Values from elsewhere, such as an earlier run. */
  parameters?: Record<string, JsonValue>;
  /** Where to run; absent: where this pipeline ran last. */
  runtime?: string;
};

/** What a run is started with, besides the pipeline. */
export type RunChoice = {
  parameters: Record<string, JsonValue>;
  mode: RunMode;
  runtime: string;
  maxParallel: number | null;
};

/** The parameters that a run cannot do without. */
export function requiredParameters(document: PipelineDocument): string[] {
  return Object.entries(document.parameters ?? {})
    .filter(([, parameter]) => parameter.default === undefined)
    .map(([name]) => name);
}

/** What to start with, and whether a person must be asked first. */
export function usualChoice(
  session: PipelineSession,
  options: RunOptions
): { choice: RunChoice; known: RunChoice['parameters']; isMissing: boolean } {
  const { remembered } = session.view;
  const required = requiredParameters(session.document());
  const known = { ...remembered.parameters, ...options.parameters };
  const given: Record<string, JsonValue> = { ...options.parameters };
  for (const name of required) {
    const value = own(known, name);
    if (value !== undefined) {
      given[name] = value;
    }
  }
  const choice: RunChoice = {
    parameters: given,
    mode: options.mode ?? 'in-place',
    runtime: options.runtime ?? chosenRuntime(session),
    maxParallel: remembered.maxParallel ?? null
  };
  const isMissing = required.some(name => !Object.hasOwn(given, name));
  return { choice, known, isMissing };
}

/** What is asked of the server: to run so, or what would run then. */
export function requestOf(
  session: PipelineSession,
  choice: RunChoice,
  select: RunSelect | null
): RunRequest {
  const declared = session.document().parameters ?? {};
  return {
    pipeline: session.path,
    runtime: choice.runtime,
    // On Airflow there is no workspace to run in.
    mode: choice.runtime === LOCAL ? choice.mode : 'isolated',
    max_parallel: choice.maxParallel,
    parameters: Object.fromEntries(
      Object.entries(choice.parameters).filter(([name]) =>
        Object.hasOwn(declared, name)
      )
    ),
    select
  };
}

/** As requestOf, of what one sees, saved or not. */
export function planRequestOf(
  session: PipelineSession,
  choice: RunChoice,
  select: RunSelect | null
): PlanRequest {
  const request = requestOf(session, choice, select);
  return session.model.dirty
    ? { ...request, content: canonicalize(session.document()) }
    : request;
}

/** What the Run button would do; null where nothing can be said of it. */
export function usualPlanRequest(session: PipelineSession): PlanRequest | null {
  const isEmpty = () => Object.keys(session.document().nodes).length === 0;
  if (!session.isReady || session.model.unreadable || isEmpty()) {
    return null;
  }
  const { choice, isMissing } = usualChoice(session, {});
  // What is run again elsewhere is for that runtime to say.
  return isMissing || choice.runtime !== LOCAL
    ? null
    : planRequestOf(session, choice, null);
}
