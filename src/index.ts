/** The plugins of the extension, one feature each. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { apiPlugin } from './api/plugin';
import { documentPlugin } from './document/plugin';
import { launcherPlugin } from './launcher/plugin';
import { lineagePlugin } from './lineage/plugin';
import { monitoringPlugin } from './monitoring/plugin';
import { notifyPlugin, runsPlugin } from './runs/plugin';
import { runtimesPlugin } from './runtimes/plugin';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  apiPlugin,
  documentPlugin,
  launcherPlugin,
  runsPlugin,
  notifyPlugin,
  runtimesPlugin,
  lineagePlugin,
  monitoringPlugin
];

export default plugins;
