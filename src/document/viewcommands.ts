/** The commands that change what one sees of a pipeline, not the pipeline. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IMlopsApi } from '../api/tokens';
import type { CanvasController } from '../canvas/props';
import { own } from '../model/document';
import { fitIcon } from '../ui/icons';
import { CommandIDs } from './commandids';
import { argsSchema } from './describe';
import { nodeArg } from './editcommands';
import { sentenceOf } from './runner';
import type { PipelineSession } from './session';
import type { Sessions } from './sessions';

export function addViewCommands(
  commands: CommandRegistry,
  sessions: Sessions,
  api: IMlopsApi,
  trans: TranslationBundle
): void {
  const view = (
    id: string,
    label: string,
    caption: string,
    execute: (canvas: CanvasController, session: PipelineSession) => void,
    icon?: CommandRegistry.ICommandOptions['icon']
  ) =>
    commands.addCommand(id, {
      label: args => (args['toolbar'] ? '' : label),
      caption,
      icon,
      describedBy: { args: argsSchema({}, trans) },
      isEnabled: args => {
        const session = sessions.find(args);
        return session !== null && session.model.unreadable === null;
      },
      execute: args => {
        const session = sessions.find(args);
        if (session?.canvas) {
          execute(session.canvas, session);
        }
      }
    });
  view(
    CommandIDs.fit,
    trans.__('Show Everything'),
    trans.__('Fit the whole pipeline into the view'),
    (canvas, { view }) => {
      // From here on everything stays in view again.
      view.remember({ viewport: undefined });
      canvas.fit();
    },
    fitIcon
  );
  view(
    CommandIDs.zoomIn,
    trans.__('Zoom In'),
    trans.__('Make the pipeline larger'),
    canvas => canvas.zoomIn()
  );
  view(
    CommandIDs.zoomOut,
    trans.__('Zoom Out'),
    trans.__('Make the pipeline smaller'),
    canvas => canvas.zoomOut()
  );
  view(
    CommandIDs.properties,
    trans.__('Go to the Properties'),
    trans.__('Edit what is selected; Escape leads back to the canvas'),
    (_, session) => session.edit()
  );
  addOpenNode(commands, sessions, trans);
  addOpenExample(commands, sessions, api, trans);
}

function addOpenNode(
  commands: CommandRegistry,
  sessions: Sessions,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.openNode, {
    label: trans.__('Open File'),
    caption: trans.__('Open the notebook or script of the selected node'),
    describedBy: {
      args: argsSchema({ node: { type: 'string' } }, trans)
    },
    isEnabled: args => {
      const session = sessions.find(args);
      const id = session && nodeArg(session, args);
      return id ? Boolean(own(session.document().nodes, id)?.path) : false;
    },
    execute: args => {
      const session = sessions.find(args);
      const id = session && nodeArg(session, args);
      const path = id && own(session.document().nodes, id)?.path;
      return path
        ? commands.execute('docmanager:open', { path: session.resolve(path) })
        : undefined;
    }
  });
}

function addOpenExample(
  commands: CommandRegistry,
  sessions: Sessions,
  api: IMlopsApi,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.openExample, {
    label: trans.__('Open the Example Pipeline'),
    caption: trans.__('Copy an example into the folder and open it'),
    describedBy: { args: argsSchema({}, trans) },
    execute: async args => {
      const folder = sessions.find(args)?.folder ?? '';
      try {
        const [example] = await api.client.examples();
        const path = await api.client.copyExample(example.name, folder);
        return (await commands.execute('docmanager:open', { path })) as unknown;
      } catch (error) {
        Notification.error(
          trans.__('The example cannot be opened. %1', sentenceOf(error)),
          { autoClose: 8000 }
        );
        return undefined;
      }
    }
  });
}
