/** Where a file comes from: a command, and a page that it opens. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IMlopsApi } from '../api/tokens';
import { lineageIcon } from '../ui/icons';

const SHOW_LINEAGE = 'mlops:show-lineage';

export const lineagePlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:lineage',
  description: 'Shows which runs made a file, and which read it.',
  autoStart: true,
  requires: [IMlopsApi],
  optional: [ITranslator, IFileBrowserFactory, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    translator: ITranslator | null,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('mlops_ext');
    const { commands, serviceManager, shell } = app;
    /** The file that is named, else the one that is selected in the browser. */
    const pathOf = (path: unknown): string | null => {
      if (typeof path === 'string') {
        return path;
      }
      const items = browsers?.tracker.currentWidget?.selectedItems() ?? [];
      const [item, ...others] = [...items];
      const isFile = item !== undefined && item.type !== 'directory';
      return isFile && others.length === 0
        ? serviceManager.contents.localPath(item.path)
        : null;
    };
    commands.addCommand(SHOW_LINEAGE, {
      label: trans.__('Show Where It Comes From'),
      caption: trans.__('Show which runs made a file, and which read it'),
      icon: lineageIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: {
              type: 'string',
              description: trans.__(
                'A file, relative to the server; the selected one when absent'
              )
            }
          }
        }
      },
      isEnabled: ({ path }) => pathOf(path) !== null,
      execute: async args => {
        const path = pathOf(args['path']);
        if (path === null) {
          return;
        }
        const { lineageId, LineageWidget } = await import('./widget');
        const id = lineageId(path);
        if (![...shell.widgets('main')].some(widget => widget.id === id)) {
          shell.add(
            new LineageWidget({
              path,
              client: api.client,
              onShowRun: (run, node) =>
                void commands.execute('mlops:show-run', { id: run, node }),
              trans
            }),
            'main'
          );
        }
        shell.activateById(id);
      }
    });
    palette?.addItem({ command: SHOW_LINEAGE, category: trans.__('Pipeline') });
  }
};

export default lineagePlugin;
