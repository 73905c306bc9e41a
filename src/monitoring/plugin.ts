/** Monitoring in JupyterLab: the panel, the documents, the status bar, the notices. */
import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IMlopsApi } from '../api/tokens';
// A panel that is restored, and what tells of alerts, is needed at once.
/* eslint-disable jupyter/prefer-lazy-imports */
import { MonitorActions } from './actions';
import { addCommands } from './commands';
import { monitorIcon } from './icons';
import { AlertNotifier } from './notify';
import { MonitoringPanel, PANEL_ID } from './panel';
import { AlertsStatus } from './status';
/* eslint-enable jupyter/prefer-lazy-imports */
import type { MonitorWidget } from './widget';

const FILE_TYPE = 'mlops-monitor';
const FACTORY = 'Monitor';
const RANK = 602;

export const monitoringPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-ext:monitoring',
  description: 'Watches models in production, and asks people when they decay.',
  autoStart: true,
  requires: [IMlopsApi, IDocumentManager],
  optional: [
    ITranslator,
    ILayoutRestorer,
    ICommandPalette,
    IStatusBar,
    IRenderMimeRegistry,
    IThemeManager,
    IDefaultFileBrowser
  ],
  activate: (
    app: JupyterFrontEnd,
    api: IMlopsApi,
    manager: IDocumentManager,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    rendermime: IRenderMimeRegistry | null,
    themes: IThemeManager | null,
    browser: IDefaultFileBrowser | null
  ) => {
    const { commands, docRegistry, shell } = app;
    const known = translator ?? nullTranslator;
    const trans = known.load('mlops_ext');
    const actions = new MonitorActions(api.monitors, commands, trans);
    const clock = () => api.client.now();
    const panel = new MonitoringPanel({ actions, clock, translator: known });
    shell.add(panel, 'left', { rank: RANK, type: 'Monitoring' });
    restorer?.add(panel, PANEL_ID);

    docRegistry.addFileType({
      name: FILE_TYPE,
      displayName: trans.__('Monitor'),
      extensions: ['.monitor'],
      mimeTypes: ['application/vnd.mlops-ext.monitor+json'],
      contentType: 'file',
      fileFormat: 'text',
      icon: monitorIcon
    });
    const tracker = new WidgetTracker<MonitorWidget>({
      namespace: 'mlops-monitors'
    });
    // The screen of a monitor is large, and loaded beside JupyterLab's start.
    const ready = import('./widget').then(({ MonitorWidgetFactory }) => {
      const factory = new MonitorWidgetFactory({
        name: FACTORY,
        label: trans.__('Monitor'),
        modelName: 'text',
        fileTypes: [FILE_TYPE],
        defaultFor: [FILE_TYPE],
        translator: known,
        api,
        actions,
        tools: { rendermime, themes },
        trans
      });
      docRegistry.addWidgetFactory(factory);
      factory.widgetCreated.connect((_, widget) => {
        void tracker.add(widget);
        widget.context.pathChanged.connect(() => void tracker.save(widget));
      });
    });
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: ({ context }) => ({ path: context.path, factory: FACTORY }),
      name: ({ context }) => context.path,
      when: ready
    });

    addCommands({
      app,
      api,
      manager,
      actions,
      tracker,
      browser,
      palette,
      factory: FACTORY,
      panel: PANEL_ID,
      trans
    });
    if (statusBar) {
      const item = new AlertsStatus(
        api.monitors,
        () => shell.activateById(PANEL_ID),
        trans
      );
      statusBar.registerStatusItem('mlops-ext:alerts', {
        item,
        align: 'left',
        rank: 51,
        isActive: () => item.isActive,
        activeStateChanged: item.activeStateChanged
      });
    }
    new AlertNotifier({ store: api.monitors, commands, trans });
  }
};

export default monitoringPlugin;
