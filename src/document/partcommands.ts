/** The commands that run a part of a pipeline: around a node, or what failed. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { RunSelect } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import { LOCAL } from '../model/runtime';
import { canRunFailed } from '../ui/state';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { nodeArg } from './editcommands';
import { startRun } from './runner';
import { chosenRuntime } from './runtimes';
import type { PipelineSession } from './session';
import { textArg } from './sessions';
import type { Args, Sessions } from './sessions';

type Part = {
  label: string;
  caption: string;
  select: (session: PipelineSession, args: Args) => RunSelect | null;
};

export function addPartCommands(options: {
  commands: CommandRegistry;
  sessions: Sessions;
  api: IMlopsApi;
  trans: TranslationBundle;
}): void {
  const { commands, sessions, api, trans } = options;
  for (const [id, part] of Object.entries(partsOf(api, trans))) {
    commands.addCommand(id, {
      label: part.label,
      caption: part.caption,
      describedBy: {
        args: argsSchema(
          { node: { type: 'string' }, run: { type: 'string' } },
          trans
        )
      },
      isEnabled: args => {
        const session = sessions.find(args);
        return (
          session !== null &&
          session.isReady &&
          session.model.unreadable === null &&
          chosenRuntime(session) === LOCAL &&
          part.select(session, args) !== null
        );
      },
      execute: args => {
        const session = sessions.find(args);
        const select = session && part.select(session, args);
        // Who runs one node wants to see it run.
        return session && select
          ? startRun(session, { select, again: 'only' in select })
          : null;
      }
    });
  }
}

function partsOf(
  api: IMlopsApi,
  trans: TranslationBundle
): { [command: string]: Part } {
  return {
    [CommandIDs.runOnly]: {
      label: trans.__('Run This Node'),
      caption: trans.__('Run this node, with what the others made last'),
      select: (session, args) => {
        const node = nodeArg(session, args);
        return node === null ? null : { only: node };
      }
    },
    [CommandIDs.runFrom]: {
      label: trans.__('Run From Here'),
      caption: trans.__('Run this node and all that comes after it'),
      select: (session, args) => {
        const node = nodeArg(session, args);
        return node === null ? null : { from: node };
      }
    },
    [CommandIDs.runTo]: {
      label: trans.__('Run Up To Here'),
      caption: trans.__('Run this node and all that it needs'),
      select: (session, args) => {
        const node = nodeArg(session, args);
        return node === null ? null : { to: node };
      }
    },
    [CommandIDs.runFailed]: {
      label: trans.__('Run What Failed'),
      caption: trans.__('Run the nodes that failed, and those after them'),
      select: (session, args) => {
        const named = textArg(args, 'run');
        const run = named ? api.runs.summary(named) : session.runs.run;
        return run && canRunFailed(run) ? { failed: run.id } : null;
      }
    }
  };
}
