/** The commands about an Airflow: leave a pipeline to its schedule, try again. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IMlopsApi } from '../api/tokens';
import { LOCAL } from '../model/runtime';
import { canRetry } from '../ui/remote';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { retryRun, schedulePipeline } from './runner';
import { chosenRuntime, runtimeName } from './runtimes';
import type { PipelineSession } from './session';
import { textArg } from './sessions';
import type { Args, Sessions } from './sessions';

export function addRemoteCommands(options: {
  commands: CommandRegistry;
  sessions: Sessions;
  api: IMlopsApi;
  trans: TranslationBundle;
}): void {
  const { commands, sessions, api, trans } = options;
  const text = { type: 'string' };
  commands.addCommand(CommandIDs.schedule, {
    label: args => {
      const session = sessions.find(args);
      const runtime = session && scheduleRuntime(session, args);
      return session && runtime
        ? trans.__('Schedule on %1', runtimeName(session, runtime))
        : trans.__('Schedule on Airflow');
    },
    caption: trans.__(
      'Deliver the pipeline; Airflow starts it by its schedule'
    ),
    describedBy: { args: argsSchema({ runtime: text }, trans) },
    isEnabled: args => {
      const session = sessions.find(args);
      return (
        session !== null &&
        session.isReady &&
        session.document().schedule !== undefined &&
        scheduleRuntime(session, args) !== null
      );
    },
    execute: async args => {
      const session = sessions.find(args);
      const runtime = session && scheduleRuntime(session, args);
      if (session && runtime && (await schedulePipeline(session, runtime))) {
        await commands.execute('mlops:show-runtimes', { name: runtime });
      }
    }
  });
  commands.addCommand(CommandIDs.retry, {
    label: trans.__('Retry Failed'),
    caption: trans.__('Run what failed again, in the same run of Airflow'),
    describedBy: { args: argsSchema({ run: text }, trans) },
    isEnabled: args => {
      const id = runArg(sessions, args);
      const run = id === null ? null : api.runs.summary(id);
      return run !== null && canRetry(run);
    },
    execute: async args => {
      const id = runArg(sessions, args);
      await (id && retryRun(api, id));
    }
  });
}

/** The Airflow that is meant: named, or chosen, or the only one. */
function scheduleRuntime(session: PipelineSession, args: Args): string | null {
  const named = textArg(args, 'runtime') ?? chosenRuntime(session);
  if (named !== LOCAL) {
    return named;
  }
  const remote = session.api.runtimes.known.filter(
    ({ kind }) => kind !== LOCAL
  );
  return remote.length === 1 ? remote[0].name : null;
}

function runArg(sessions: Sessions, args: Args): string | null {
  return textArg(args, 'run') ?? sessions.find(args)?.runs.run?.id ?? null;
}
