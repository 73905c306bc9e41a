/** The Runtimes panel in JupyterLab. */
import {
  ILabStatus,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { IMlopsApi } from '../api/tokens';
// A panel that is restored is needed at once.
/* eslint-disable jupyter/prefer-lazy-imports */
import { RuntimesModel } from './model';
import { PANEL_ID, RuntimesPanel, runtimesIcon } from './panel';
/* eslint-enable jupyter/prefer-lazy-imports */

const SHOW_RUNTIMES = 'mlops:show-runtimes';
const RANK = 601;

export const runtimesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:runtimes',
  description: 'A panel of the places where pipelines run.',
  autoStart: true,
  requires: [IMlopsApi],
  optional: [
    ITranslator,
    ILayoutRestorer,
    IStateDB,
    ICommandPalette,
    ILabStatus
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    db: IStateDB | null,
    palette: ICommandPalette | null,
    status: ILabStatus | null
  ) => {
    const { commands, shell } = app;
    const known = translator ?? nullTranslator;
    const trans = known.load('mlops_ext');
    const model = new RuntimesModel(api, db, trans);
    const panel = new RuntimesPanel({
      model,
      translator: known,
      onOpenPipeline: path => void commands.execute('docmanager:open', { path })
    });
    shell.add(panel, 'left', { rank: RANK, type: 'Runtimes' });
    restorer?.add(panel, PANEL_ID);
    void app.restored.then(() => model.restore());
    warnBeforeLeaving(model, status);
    commands.addCommand(SHOW_RUNTIMES, {
      label: trans.__('Show Runtimes'),
      caption: trans.__('Show the places where pipelines run'),
      icon: runtimesIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            name: {
              type: 'string',
              description: trans.__('A runtime to open in the list')
            }
          }
        }
      },
      execute: ({ name }) => {
        shell.activateById(PANEL_ID);
        if (typeof name === 'string') {
          model.setOpen(name, true);
        }
      }
    });
    palette?.addItem({
      command: SHOW_RUNTIMES,
      category: trans.__('Pipeline')
    });
  }
};

/** The page asks before it is left while something typed would be lost. */
function warnBeforeLeaving(
  model: RuntimesModel,
  status: ILabStatus | null
): void {
  let mark: IDisposable | null = null;
  model.changed.connect(() => {
    if (model.isDirty) {
      mark ??= status?.setDirty() ?? null;
    } else {
      mark?.dispose();
      mark = null;
    }
  });
}

export default runtimesPlugin;
