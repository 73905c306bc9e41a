/**
 * Starting a run from the screen: save what one sees, name its bytes, start.
 * It asks only what nobody has answered yet; what is refused is shown where
 * it is, and in one sentence.
 */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { ApiError } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import { LOCAL } from '../model/runtime';
import { requestOf, usualChoice } from './choice';
import type { RunChoice, RunOptions } from './choice';
import { askRun } from './rundialog';
import { runtimeName } from './runtimes';
import type { PipelineSession } from './session';

/** Save, and start a run. Answers with its id, or null if none was started. */
export async function startRun(
  session: PipelineSession,
  options: RunOptions = {}
): Promise<string | null> {
  if (session.model.unreadable) {
    return null;
  }
  const choice = await choose(session, options);
  const wasDirty = session.model.dirty;
  if (choice === null || !(await save(session))) {
    return null;
  }
  try {
    const request = {
      ...requestOf(session, choice, options.select ?? null),
      pipeline_sha256: await savedHash(session),
      reuse: !options.again
    };
    const { id } = await session.api.client.startRun(request);
    session.runs.follow(id);
    session.view.showTab('run');
    session.say(startedSentence(session, choice, wasDirty));
    return id;
  } catch (error) {
    refused(session, error);
    return null;
  }
}

/** Stop the run that the screen shows. */
export async function stopRun(session: PipelineSession): Promise<void> {
  const { run } = session.runs;
  if (run === null) {
    return;
  }
  session.say(session.trans.__('Stopping …'));
  try {
    await session.api.runs.cancel(run.id);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}

/** An error as a sentence for people, with what to do. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) {
    return [error.detail, error.hint].filter(text => text).join(' ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** What to start with: as remembered, or as asked; null to start nothing. */
async function choose(
  session: PipelineSession,
  options: RunOptions
): Promise<RunChoice | null> {
  const { choice, known, isMissing } = usualChoice(session, options);
  if (!options.ask && !isMissing) {
    return choice;
  }
  const mode = options.mode ?? session.view.remembered.mode ?? 'in-place';
  const answer = await askRun(
    session,
    { ...choice, mode, parameters: known },
    options.select ?? null
  );
  if (answer) {
    session.view.remember({
      parameters: answer.parameters,
      mode: answer.mode,
      runtime: answer.runtime,
      maxParallel: answer.maxParallel
    });
  }
  return answer;
}

/** Write unsaved edits. False if the person, or the disk, said no. */
async function save(session: PipelineSession): Promise<boolean> {
  if (!session.model.dirty) {
    return true;
  }
  try {
    await session.context.save();
  } catch {
    return false; // JupyterLab has shown why.
  }
  return !session.model.dirty;
}

/**
 * The hash of the file that is seen, so that the server refuses to run another.
 * JupyterLab has it from loading or saving; it may be of a text that is not
 * canonical, or has another system's line ends.
 */
async function savedHash(session: PipelineSession): Promise<string | null> {
  const known = session.context.contentsModel;
  if (known?.hash && known.hash_algorithm === 'sha256') {
    return known.hash;
  }
  // Without https the browser keeps its digests to itself.
  if (!('subtle' in crypto)) {
    return null;
  }
  const bytes = new TextEncoder().encode(session.model.toString());
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), byte =>
    byte.toString(16).padStart(2, '0')
  ).join('');
}

function startedSentence(
  session: PipelineSession,
  { parameters, runtime }: RunChoice,
  wasSaved: boolean
): string {
  const { trans } = session;
  const what =
    runtime === LOCAL
      ? startedWords(wasSaved, trans)
      : trans.__(
          '%1 on %2',
          startedWords(wasSaved, trans),
          runtimeName(session, runtime)
        );
  const values = Object.entries(parameters)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');
  return values ? trans.__('%1 with %2', what, values) : what;
}

function startedWords(wasSaved: boolean, trans: TranslationBundle): string {
  return wasSaved ? trans.__('Saved and started') : trans.__('Started');
}

/** Save, and let a runtime start the pipeline by its schedule. */
export async function schedulePipeline(
  session: PipelineSession,
  runtime: string
): Promise<boolean> {
  if (session.model.unreadable || !(await save(session))) {
    return false;
  }
  const { api, trans } = session;
  const name = runtimeName(session, runtime);
  session.say(trans.__('Switching the schedule on, on %1 …', name));
  try {
    await api.deployments.schedule(
      runtime,
      session.path,
      await savedHash(session)
    );
    session.say(trans.__('The schedule is on: %1 starts the pipeline', name));
    return true;
  } catch (error) {
    session.say('');
    refused(session, error);
    return false;
  }
}

/** Run what failed again, in the same run of its Airflow. */
export async function retryRun(api: IMlopsApi, run: string): Promise<void> {
  try {
    await api.runs.retry(run);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}

/** Let a pipeline go on that somebody has paused on its runtime. */
export async function resume(
  api: IMlopsApi,
  runtime: string,
  dagId: string
): Promise<void> {
  try {
    await api.deployments.setPaused(runtime, dagId, false);
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 8000 });
  }
}

/** Show a refusal where it belongs. */
function refused(session: PipelineSession, error: unknown): void {
  const issues = error instanceof ApiError ? error.issues : [];
  if (issues.length > 0) {
    session.issues.refused(issues);
    session.view.showTab('problems');
  }
  const isOther = error instanceof ApiError && error.status === 409;
  Notification.error(sentenceOf(error), {
    autoClose: issues.length > 0 ? 6000 : 12_000,
    actions: isOther
      ? [
          {
            label: session.trans.__('Reload'),
            caption: session.trans.__('Show the file as it is on disk'),
            callback: () => void session.reload()
          }
        ]
      : []
  });
}
