/** The command that makes a monitor of what a node writes. */
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { own } from '../model/document';
import { isTable, mayHoldTables } from '../model/tables';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { nodeArg } from './editcommands';
import type { PipelineSession } from './session';
import { textArg } from './sessions';
import type { Args, Sessions } from './sessions';

export function addOutputCommands(options: {
  commands: CommandRegistry;
  sessions: Sessions;
  contents: Contents.IManager;
  trans: TranslationBundle;
}): void {
  const { commands, sessions, contents, trans } = options;
  const isThere = (args: Args) => {
    const session = sessions.find(args);
    return session !== null && watchable(session, args).length > 0;
  };
  commands.addCommand(CommandIDs.monitorOutput, {
    label: trans.__('Monitor This Output…'),
    caption: trans.__(
      'Make a monitor of the rows that the selected node writes'
    ),
    describedBy: {
      args: argsSchema(
        { node: { type: 'string' }, output: { type: 'string' } },
        trans
      )
    },
    isVisible: isThere,
    isEnabled: isThere,
    execute: async args => {
      const session = sessions.find(args);
      const node = session && nodeArg(session, args);
      const output = session && (await chooseOutput(session, args, trans));
      if (!session || !node || output === null) {
        return null;
      }
      const source = await sourceOf(session, node, output, contents);
      if (source === null) {
        Notification.info(
          trans.__(
            'There is no %1 yet. Run the node first: a monitor recognises its columns from the rows.',
            output
          ),
          { autoClose: 8000 }
        );
        return null;
      }
      return (await commands.execute('mlops:new-monitor', source)) as unknown;
    }
  });
}

/** The outputs of a node that hold rows, as it declares them and as it made them. */
function watchable(session: PipelineSession, args: Args): string[] {
  const isReadable = session.isReady && session.model.unreadable === null;
  const id = isReadable ? nodeArg(session, args) : null;
  const node = id === null ? undefined : own(session.document().nodes, id);
  if (id === null || node === undefined) {
    return [];
  }
  const made = own(session.runs.run?.nodes ?? {}, id)?.outputs ?? {};
  const outputs = [...(node.outputs ?? []), ...Object.keys(made)];
  return [...new Set(outputs)].filter(mayHoldTables);
}

/** The output that is named, the only one, or the one that the person names. */
async function chooseOutput(
  session: PipelineSession,
  args: Args,
  trans: TranslationBundle
): Promise<string | null> {
  const choices = watchable(session, args);
  const named = textArg(args, 'output');
  if (named !== null || choices.length < 2) {
    return named ?? choices[0] ?? null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Which output'),
    items: choices,
    okLabel: trans.__('Next')
  });
  return value;
}

/** What the new monitor begins with; null where there are no rows yet. */
async function sourceOf(
  session: PipelineSession,
  node: string,
  output: string,
  contents: Contents.IManager
): Promise<ReadonlyPartialJSONObject | null> {
  const { run } = session.runs;
  const made = own(run?.nodes ?? {}, node)?.outputs ?? {};
  if (run && isTable(output) && Object.hasOwn(made, output)) {
    return { run: run.id, node, output };
  }
  const path = session.resolve(output);
  try {
    const { type } = await contents.get(path, { content: false });
    return type === 'directory' ? { cwd: path } : { path };
  } catch {
    return null;
  }
}
