/** New pipelines and projects: the launcher's cards, File > New, and the commands behind them. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import type { Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IMlopsApi } from '../api/tokens';
import { pipelineIcon } from '../ui/icons';
// It is a command and its card: what it does is the server's.
// eslint-disable-next-line jupyter/prefer-lazy-imports
import { addProjectCommand } from './project';

const NEW = 'mlops:new-pipeline';

export const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:launcher',
  description:
    'Makes new pipelines and projects from the launcher and the File menu.',
  autoStart: true,
  requires: [IMlopsApi],
  optional: [
    ITranslator,
    IDefaultFileBrowser,
    ILauncher,
    IMainMenu,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    translator: ITranslator | null,
    browser: IDefaultFileBrowser | null,
    launcher: ILauncher | null,
    menu: IMainMenu | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('mlops_ext');
    const { commands, serviceManager } = app;
    commands.addCommand(NEW, {
      label: args =>
        args['isPalette'] ? trans.__('New Pipeline') : trans.__('Pipeline'),
      caption: trans.__('Create a pipeline of notebooks and scripts'),
      icon: args => (args['isPalette'] ? undefined : pipelineIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cwd: {
              type: 'string',
              description:
                'The folder to create it in; the one in the file browser when absent.'
            }
          }
        }
      },
      execute: async args => {
        const cwd =
          typeof args['cwd'] === 'string'
            ? args['cwd']
            : (browser?.model.path ?? '');
        const path = await createPipeline(serviceManager.contents, cwd);
        return commands.execute('docmanager:open', { path }) as unknown;
      }
    });
    launcher?.add({ command: NEW, category: trans.__('Other'), rank: 0.5 });
    menu?.fileMenu.newMenu.addGroup([{ command: NEW }], 40);
    palette?.addItem({
      command: NEW,
      category: trans.__('Pipeline'),
      args: { isPalette: true }
    });
    addProjectCommand({ app, api, browser, launcher, palette, trans });
  }
};

export default launcherPlugin;

/** Write an empty pipeline under the first free name; answers with its path. */
async function createPipeline(
  contents: Contents.IManager,
  cwd: string
): Promise<string> {
  const [{ canonicalize }, { emptyDocument }] = await Promise.all([
    import('../model/canonical'),
    import('../model/document')
  ]);
  const { path } = await contents.newUntitled({
    path: cwd,
    type: 'file',
    ext: '.pipeline'
  });
  await contents.save(path, {
    type: 'file',
    format: 'text',
    content: canonicalize(emptyDocument())
  });
  return path;
}
