/** An example project: a model with its four pipelines and a monitor, laid out in a new folder. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { ILauncher } from '@jupyterlab/launcher';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';

import { sentenceOf } from '../api/client';
import type { IMlopsApi } from '../api/tokens';

export const NEW_PROJECT = 'mlops:new-project';

/** The example that is laid out, by its name on the server. */
const PROJECT = 'mlops-project';

/** Four boxes around a middle: the four pipelines of a model. */
const projectIcon = new LabIcon({
  name: 'mlops-ext:project',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<g class="jp-icon3" fill="#616161"><rect x="1" y="1.5" width="5" height="4" rx="1.2"/><rect x="10" y="1.5" width="5" height="4" rx="1.2"/>' +
    '<rect x="1" y="10.5" width="5" height="4" rx="1.2"/><rect x="10" y="10.5" width="5" height="4" rx="1.2"/>' +
    '<path d="M6.7 2.8h2.6v1.4H6.7zM6.7 11.8h2.6v1.4H6.7zM2.8 6.2h1.4v3.6H2.8zM11.8 6.2h1.4v3.6h-1.4z"/></g>' +
    '<circle class="jp-icon-warn0" fill="#F37726" cx="8" cy="8" r="2"/></svg>'
});

export function addProjectCommand(options: {
  app: JupyterFrontEnd;
  api: IMlopsApi;
  browser: IDefaultFileBrowser | null;
  launcher: ILauncher | null;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}): void {
  const { app, api, browser, launcher, palette, trans } = options;
  const { commands } = app;
  commands.addCommand(NEW_PROJECT, {
    label: args =>
      args['isPalette']
        ? trans.__('New MLOps Project')
        : trans.__('New MLOps project'),
    caption: trans.__(
      'Lay out a model with the pipelines that make, use, watch and renew it, as an example'
    ),
    icon: args => (args['isPalette'] ? undefined : projectIcon),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          cwd: {
            type: 'string',
            description:
              'The folder to lay it out in; the one in the file browser when absent.'
          }
        }
      }
    },
    execute: async args => {
      const cwd =
        typeof args['cwd'] === 'string'
          ? args['cwd']
          : (browser?.model.path ?? '');
      try {
        const path = await api.client.copyExample(PROJECT, cwd);
        await commands.execute('docmanager:open', { path });
        return path;
      } catch (error) {
        Notification.error(sentenceOf(error), { autoClose: 10_000 });
        return null;
      }
    }
  });
  launcher?.add({
    command: NEW_PROJECT,
    category: trans.__('Other'),
    rank: 0.6
  });
  palette?.addItem({
    command: NEW_PROJECT,
    category: trans.__('Pipeline'),
    args: { isPalette: true }
  });
}
