/** The commands of monitoring, with what they take. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { sentenceOf } from '../api/client';
import type { DataSource } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import { isTable } from '../model/tables';
import type { MonitorActions } from './actions';
import { CommandIDs } from './commandids';
import { monitorIcon, monitoringIcon } from './icons';
import type { MonitorWidget } from './widget';

export interface ICommandOptions {
  app: JupyterFrontEnd;
  api: IMlopsApi;
  manager: IDocumentManager;
  actions: MonitorActions;
  tracker: WidgetTracker<MonitorWidget>;
  browser: IDefaultFileBrowser | null;
  palette: ICommandPalette | null;
  factory: string;
  panel: string;
  trans: TranslationBundle;
}

export function addCommands(options: ICommandOptions): void {
  const { app, actions, tracker, trans } = options;
  const { commands, shell } = app;
  commands.addCommand(CommandIDs.show, {
    label: trans.__('Show Monitoring'),
    caption: trans.__('Show the monitors of models and their alerts'),
    icon: monitoringIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => shell.activateById(options.panel)
  });
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Open Monitor'),
    caption: trans.__('Open a monitor: what it found, or what it checks'),
    describedBy: { args: OPEN_ARGUMENTS },
    execute: ({ path, edit }) => openMonitor(options, path, edit === true)
  });
  commands.addCommand(CommandIDs.create, {
    label: args =>
      args['isContext']
        ? trans.__('Monitor This Data…')
        : trans.__('New Monitor…'),
    caption: trans.__('Watch the rows that a model has scored'),
    icon: args => (args['isPalette'] ? undefined : monitorIcon),
    describedBy: { args: CREATE_ARGUMENTS },
    isVisible: args => !args['isContext'] || chosenData(options) !== null,
    execute: args => create(options, args)
  });
  commands.addCommand(CommandIDs.evaluate, {
    label: trans.__('Evaluate Monitor'),
    caption: trans.__('Evaluate the newest batch of a monitor'),
    describedBy: { args: EVALUATE_ARGUMENTS },
    isEnabled: ({ path }) =>
      typeof path === 'string' || tracker.currentWidget !== null,
    execute: async ({ path, batch, all }) => {
      const known =
        typeof path === 'string' ? path : tracker.currentWidget?.session.path;
      if (known !== undefined) {
        const one = typeof batch === 'string' ? batch : null;
        await actions.evaluate(known, one, all === true);
      }
    }
  });
  const category = trans.__('Monitoring');
  for (const command of [CommandIDs.show, CommandIDs.evaluate]) {
    options.palette?.addItem({ command, category });
  }
  options.palette?.addItem({
    command: CommandIDs.create,
    category,
    args: { isPalette: true }
  });
}

async function openMonitor(
  options: ICommandOptions,
  path: unknown,
  edit: boolean
): Promise<void> {
  if (typeof path !== 'string') {
    return;
  }
  const { commands } = options.app;
  const { factory } = options;
  await commands.execute('docmanager:open', { path, factory });
  const widget = options.tracker.find(one => one.session.path === path);
  if (edit) {
    widget?.session.show('edit');
  }
}

async function create(
  options: ICommandOptions,
  args: ReadonlyPartialJSONObject
): Promise<string | null> {
  const { app, api, manager, browser, trans } = options;
  const folder =
    typeof args['cwd'] === 'string' ? args['cwd'] : (browser?.model.path ?? '');
  try {
    const { createMonitor } = await import('./creation');
    const path = await createMonitor({
      manager,
      store: api.monitors,
      trans,
      folder,
      source: sourceOf(options, args)
    });
    if (path !== null) {
      await app.commands.execute(CommandIDs.open, { path, edit: true });
    }
    return path;
  } catch (error) {
    Notification.error(sentenceOf(error), { autoClose: 10_000 });
    return null;
  }
}

/** The data that the arguments name, or that is chosen in the file browser. */
function sourceOf(
  options: ICommandOptions,
  args: ReadonlyPartialJSONObject
): DataSource | null {
  const { path, run, node, output } = args;
  if (typeof path === 'string') {
    return { path };
  }
  if (
    typeof run === 'string' &&
    typeof node === 'string' &&
    typeof output === 'string'
  ) {
    return { run, node, output };
  }
  const chosen = args['isContext'] ? chosenData(options) : null;
  return chosen === null ? null : { path: chosen };
}

/** The one data file that is selected in the file browser. */
function chosenData({ browser }: ICommandOptions): string | null {
  const items = browser ? [...browser.selectedItems()] : [];
  const [first] = items;
  return items.length === 1 && isTable(first.name) ? first.path : null;
}

const OPEN_ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'Path of the monitor' },
    edit: { type: 'boolean', description: 'Show its form' }
  },
  required: ['path']
} as const;

const CREATE_ARGUMENTS = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'A data file to watch' },
    run: { type: 'string', description: 'Or the run of an output to watch' },
    node: { type: 'string', description: 'The node that made it' },
    output: { type: 'string', description: 'The path of the output' },
    cwd: { type: 'string', description: 'The folder of the new file' }
  }
} as const;

const EVALUATE_ARGUMENTS = {
  type: 'object',
  properties: {
    path: {
      type: 'string',
      description: 'Path of the monitor; the one in front when absent'
    },
    batch: { type: 'string', description: 'A batch; the newest when absent' },
    all: { type: 'boolean', description: 'Every batch that was not yet' }
  }
} as const;
