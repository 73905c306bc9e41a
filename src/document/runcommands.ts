/** The commands that run a pipeline, check it, and open what its runs made. */
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  codeCheckIcon,
  downloadIcon,
  notebookIcon,
  runIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { IMlopsApi } from '../api/tokens';
import { isObject } from '../model/document';
import { pastRunIcon } from '../ui/icons';
import type { RunOptions } from './choice';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { nodeArg } from './editcommands';
import { downloadHtml, openExecuted, openLog } from './executed';
import { sentenceOf, startRun, stopRun } from './runner';
import type { PipelineSession } from './session';
import { textArg } from './sessions';
import type { Args, Sessions } from './sessions';
import type { PastRunWidget } from './pastrunview';

export type RunCommandOptions = {
  commands: CommandRegistry;
  sessions: Sessions;
  manager: IDocumentManager;
  api: IMlopsApi;
  trans: TranslationBundle;
  /** Show a run of the past on a canvas of its own. */
  openRun: (id: string) => PastRunWidget;
};

export function addRunCommands(options: RunCommandOptions): void {
  addStart(options);
  addStopAndCheck(options);
  addOpen(options);
}

function addStart(options: RunCommandOptions): void {
  const { commands, sessions, trans } = options;
  const isEnabled = (args: Args) => {
    const session = sessions.find(args);
    if (session === null) {
      return args['open'] === true;
    }
    return session.isReady && session.model.unreadable === null;
  };
  commands.addCommand(CommandIDs.run, {
    label: args =>
      args['mode'] === 'isolated' ? trans.__('Run Isolated') : trans.__('Run'),
    caption: trans.__('Save the pipeline and run it'),
    icon: args => (args['mode'] ? undefined : runIcon),
    describedBy: {
      args: argsSchema(
        {
          mode: { enum: ['in-place', 'isolated'] },
          parameters: { type: 'object' },
          runtime: {
            type: 'string',
            description: trans.__('Where to run, for this time')
          },
          open: {
            type: 'boolean',
            description: trans.__('Open the pipeline first')
          }
        },
        trans
      )
    },
    isEnabled,
    execute: async args => {
      const session = await sessionToRun(options, args);
      return session && startRun(session, runOptions(args));
    }
  });
  commands.addCommand(CommandIDs.runWith, {
    label: trans.__('Run With…'),
    caption: trans.__('Choose parameters and how to run, then run'),
    describedBy: { args: argsSchema({}, trans) },
    isEnabled,
    execute: args => {
      const session = sessions.find(args);
      return session && startRun(session, { ask: true });
    }
  });
}

function addStopAndCheck(options: RunCommandOptions): void {
  const { commands, sessions, trans } = options;
  commands.addCommand(CommandIDs.cancel, {
    label: args => (args['toolbar'] ? '' : trans.__('Stop the Run')),
    caption: trans.__('Stop the run of this pipeline'),
    icon: stopIcon,
    describedBy: { args: argsSchema({}, trans) },
    isEnabled: args => sessions.find(args)?.runs.isActive ?? false,
    execute: args => {
      const session = sessions.find(args);
      return session && stopRun(session);
    }
  });
  commands.addCommand(CommandIDs.validate, {
    label: trans.__('Validate'),
    caption: trans.__('Look for what stands in the way of a run'),
    icon: codeCheckIcon,
    describedBy: { args: argsSchema({}, trans) },
    isEnabled: args => sessions.find(args)?.isReady ?? false,
    execute: async args => {
      const session = sessions.find(args);
      if (session?.model.unreadable) {
        await session.reload();
      } else if (session) {
        await session.issues.check();
        session.view.showTab('problems');
      }
    }
  });
}

function addOpen(options: RunCommandOptions): void {
  const { commands, manager, api, trans } = options;
  const place: ReadonlyJSONObject = {
    run: { type: 'string', description: trans.__('The id of the run') },
    node: { type: 'string', description: trans.__('The id of the node') }
  };
  const add = (
    id: string,
    command: Pick<
      CommandRegistry.ICommandOptions,
      'label' | 'caption' | 'icon'
    >,
    has: (run: string, node: string) => boolean,
    execute: (run: string, node: string, args: Args) => Promise<unknown>
  ) =>
    commands.addCommand(id, {
      ...command,
      describedBy: { args: argsSchema(place, trans) },
      isEnabled: args => {
        const [run, node] = nodeRunArgs(options, args);
        return run !== null && node !== null && has(run, node);
      },
      execute: async args => {
        const [run, node] = nodeRunArgs(options, args);
        if (run === null || node === null) {
          return undefined;
        }
        try {
          return await execute(run, node, args);
        } catch (error) {
          Notification.error(sentenceOf(error), { autoClose: 8000 });
          return undefined;
        }
      }
    });
  const nodeRun = (run: string, node: string) => api.runs.get(run)?.nodes[node];
  add(
    CommandIDs.openExecuted,
    {
      label: trans.__('Open Executed Notebook'),
      caption: trans.__('The notebook with its outputs, as the run made it'),
      icon: notebookIcon
    },
    (run, node) => {
      const known = nodeRun(run, node);
      return !known || known.notebook !== null || known.log !== null;
    },
    (run, node) => openExecuted({ ...api, manager, trans }, run, node)
  );
  add(
    CommandIDs.openLog,
    {
      label: trans.__('Open Log'),
      caption: trans.__('The whole log of a node')
    },
    () => true,
    (run, node, args) => {
      const { attempt } = args;
      return openLog(
        { ...api, manager },
        run,
        node,
        typeof attempt === 'number' ? attempt : null
      );
    }
  );
  add(
    CommandIDs.downloadHtml,
    {
      label: trans.__('Download as HTML'),
      caption: trans.__('The executed notebook as a page that runs nothing'),
      icon: downloadIcon
    },
    (run, node) => nodeRun(run, node)?.notebook !== null,
    (run, node) => downloadHtml(api.client, run, node)
  );
  commands.addCommand(CommandIDs.openRun, {
    label: trans.__('Show Run on Canvas'),
    caption: trans.__('The pipeline as it was, with the states of the run'),
    icon: pastRunIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: { id: { type: 'string' } },
        required: ['id']
      }
    },
    execute: args => {
      const id = textArg(args, 'id');
      return id === null ? undefined : options.openRun(id);
    }
  });
}

/** The session that a run is meant for; opened if the arguments say so. */
async function sessionToRun(
  { commands, sessions }: RunCommandOptions,
  args: Args
): Promise<PipelineSession | null> {
  const path = textArg(args, 'path');
  if (args['open'] === true && path !== null) {
    await commands.execute('docmanager:open', { path });
    await sessions.at(path)?.session.opened;
  }
  return sessions.find(args);
}

function runOptions(args: Args): RunOptions {
  const { mode, parameters, runtime } = args;
  return {
    mode: mode === 'isolated' || mode === 'in-place' ? mode : undefined,
    parameters: isObject(parameters) ? parameters : undefined,
    runtime: typeof runtime === 'string' ? runtime : undefined
  };
}

/** The run and node of a command: named, or those that one looks at. */
function nodeRunArgs(
  { sessions }: RunCommandOptions,
  args: Args
): [run: string | null, node: string | null] {
  const session = sessions.find(args);
  const node = session ? nodeArg(session, args) : textArg(args, 'node');
  return [textArg(args, 'run') ?? session?.runs.run?.id ?? null, node];
}
