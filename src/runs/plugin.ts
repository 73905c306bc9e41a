/** The Runs panel in JupyterLab, and what tells of runs elsewhere in it. */
import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IMlopsApi } from '../api/tokens';
// A panel that is restored, and what tells of runs, is needed at once.
/* eslint-disable jupyter/prefer-lazy-imports */
import { RunActions } from './actions';
import { runsIcon } from './icons';
import { RunsModel } from './model';
import { Notifier } from './notify';
import { PANEL_ID, RunsPanel } from './panel';
import { runningRuns } from './running';
import { RunsStatus } from './status';
/* eslint-enable jupyter/prefer-lazy-imports */

const SHOW_RUNS = 'mlops:show-runs';
const SHOW_RUN = 'mlops:show-run';
const SETTINGS = 'mlops-ext:plugin';
const LONG_RUN = 10;
const RANK = 600;

/** The panel and its commands. */
export const runsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:runs',
  description: 'A panel of the runs of pipelines.',
  autoStart: true,
  requires: [IMlopsApi],
  optional: [
    ITranslator,
    ILayoutRestorer,
    IStateDB,
    ICommandPalette,
    IStatusBar,
    IRunningSessionManagers
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    db: IStateDB | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    running: IRunningSessionManagers | null
  ) => {
    const { commands, shell } = app;
    const known = translator ?? nullTranslator;
    const trans = known.load('mlops_ext');
    const model = new RunsModel(api.runs, db);
    const actions = new RunActions(api, commands, trans);
    const panel = new RunsPanel({ model, api, actions, translator: known });
    shell.add(panel, 'left', { rank: RANK, type: 'Runs' });
    restorer?.add(panel, PANEL_ID);
    void app.restored.then(() => model.restore());

    const activate = () => shell.activateById(PANEL_ID);
    commands.addCommand(SHOW_RUNS, {
      label: trans.__('Show Runs'),
      caption: trans.__('Show the runs of pipelines'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: activate
    });
    commands.addCommand(SHOW_RUN, {
      label: trans.__('Show Run'),
      caption: trans.__('Show a run in the Runs panel'),
      describedBy: { args: SHOW_RUN_ARGUMENTS },
      execute: async ({ id, node }) => {
        activate();
        if (typeof id === 'string') {
          const place = typeof node === 'string' ? { node } : {};
          await model.show({ run: id, ...place });
        }
      }
    });
    palette?.addItem({ command: SHOW_RUNS, category: trans.__('Pipeline') });

    if (statusBar) {
      const item = new RunsStatus(api.runs, activate, trans);
      statusBar.registerStatusItem('mlops-ext:runs', {
        item,
        align: 'left',
        rank: 50,
        isActive: () => item.isActive,
        activeStateChanged: item.activeStateChanged
      });
    }
    running?.add(
      runningRuns(api.runs, commands, id => actions.stop(id), trans)
    );
  }
};

/** Tells when a long run has ended. */
export const notifyPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:notify',
  description: 'Tells when a long run of a pipeline has ended.',
  autoStart: true,
  requires: [IMlopsApi],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    let threshold = LONG_RUN;
    const read = (settings: ISettingRegistry.ISettings) => {
      const value = settings.get('notifyAfter').composite;
      threshold = typeof value === 'number' ? value : LONG_RUN;
    };
    registry?.load(SETTINGS).then(
      settings => {
        read(settings);
        settings.changed.connect(read);
      },
      () => {
        // Without settings the default holds.
      }
    );
    new Notifier({
      runs: api.runs,
      commands: app.commands,
      threshold: () => threshold,
      trans: (translator ?? nullTranslator).load('mlops_ext')
    });
  }
};

const SHOW_RUN_ARGUMENTS = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Id of the run' },
    node: { type: 'string', description: 'A node of it to open' }
  },
  required: ['id']
} as const;

export default [runsPlugin, notifyPlugin];
