/** The commands about runtimes: leave a pipeline to its schedule, try again. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IMlopsApi } from '../api/tokens';
import { canRetry } from '../ui/remote';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { resume, retryRun, schedulePipeline } from './runner';
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
        : trans.__('Schedule');
    },
    caption: trans.__('Save the pipeline, and start it by its schedule'),
    describedBy: {
      args: argsSchema(
        {
          runtime: text,
          stay: {
            type: 'boolean',
            description: trans.__('Do not lead to the Runtimes panel')
          }
        },
        trans
      )
    },
    isEnabled: args => {
      const session = sessions.find(args);
      return (
        session !== null &&
        session.isReady &&
        session.document().schedule !== undefined
      );
    },
    execute: async args => {
      const session = sessions.find(args);
      const runtime = session && scheduleRuntime(session, args);
      const isDone =
        session && runtime && (await schedulePipeline(session, runtime));
      if (isDone && args['stay'] !== true) {
        await commands.execute('mlops:show-runtimes', { name: runtime });
      }
    }
  });
  addResume(commands, api, trans);
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

/** Let the pipeline of a run go on that somebody has paused on its runtime. */
function addResume(
  commands: CommandRegistry,
  api: IMlopsApi,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.resume, {
    label: trans.__('Resume the Pipeline'),
    caption: trans.__('Let a pipeline go on that was paused on its runtime'),
    describedBy: {
      args: {
        type: 'object',
        properties: { run: { type: 'string' } },
        required: ['run']
      }
    },
    execute: async args => {
      const run = api.runs.summary(textArg(args, 'run') ?? '');
      if (run?.remote?.dag_id) {
        await resume(api, run.runtime, run.remote.dag_id);
      }
    }
  });
}

/** The runtime that is meant: named, or where the pipeline runs. */
function scheduleRuntime(session: PipelineSession, args: Args): string {
  return textArg(args, 'runtime') ?? chosenRuntime(session);
}

function runArg(sessions: Sessions, args: Args): string | null {
  return textArg(args, 'run') ?? sessions.find(args)?.runs.run?.id ?? null;
}
