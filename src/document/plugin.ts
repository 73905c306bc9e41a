/** The pipeline document's plugin. What it does is in setup.ts, loaded beside. */
import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { ILayoutRestorer } from '@jupyterlab/application';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IToolbarWidgetRegistry,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IMlopsApi } from '../api/tokens';
import { pipelineIcon } from '../ui/icons';
import { CommandIDs } from './commandids';
import type { PastRunWidget } from './pastrunview';
import type { PipelineDocumentWidget } from './widget';

const NAMES = {
  /** Also the name of the settings. */
  plugin: 'mlops-ext:plugin',
  fileType: 'mlops-pipeline',
  factory: 'Pipeline'
};

export const documentPlugin: JupyterFrontEndPlugin<void> = {
  id: NAMES.plugin,
  description: 'Opens pipelines as a canvas, runs them and shows their runs.',
  autoStart: true,
  requires: [IMlopsApi, IDocumentManager],
  optional: [
    ITranslator,
    ISettingRegistry,
    IToolbarWidgetRegistry,
    IStateDB,
    ILayoutRestorer,
    IRenderMimeRegistry,
    ICommandPalette,
    IMainMenu,
    // There where jupyter-collaboration is installed; nothing else asks for it.
    ICollaborativeContentProvider
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    manager: IDocumentManager,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    toolbars: IToolbarWidgetRegistry | null,
    db: IStateDB | null,
    restorer: ILayoutRestorer | null,
    rendermime: IRenderMimeRegistry | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    collaboration: ICollaborativeContentProvider | null
  ) => {
    const trans = (translator ?? nullTranslator).load('mlops_ext');
    app.docRegistry.addFileType({
      name: NAMES.fileType,
      displayName: trans.__('Pipeline'),
      extensions: ['.pipeline'],
      mimeTypes: ['application/vnd.mlops-ext.pipeline+json'],
      contentType: 'file',
      fileFormat: 'text',
      icon: pipelineIcon
    });
    const tracker = new WidgetTracker<PipelineDocumentWidget>({
      namespace: 'mlops-pipelines'
    });
    const pastRuns = new WidgetTracker<PastRunWidget>({
      namespace: 'mlops-past-runs'
    });
    const ready = import('./setup').then(({ setUp }) =>
      setUp({
        app,
        api,
        manager,
        translator,
        settings,
        toolbars,
        db,
        rendermime,
        palette,
        menu,
        collaboration,
        tracker,
        pastRuns,
        names: NAMES
      })
    );
    // JupyterLab restores its tabs, and opens the file that its address names,
    // when this is done.
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: ({ context }) => ({ path: context.path, factory: NAMES.factory }),
      name: ({ context }) => context.path,
      when: ready
    });
    void restorer?.restore(pastRuns, {
      command: CommandIDs.openRun,
      args: ({ runId }) => ({ id: runId }),
      name: ({ runId }) => runId,
      when: ready
    });
  }
};

export default documentPlugin;
