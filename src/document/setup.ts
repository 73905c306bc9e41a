/**
 * What makes pipelines open, run and be edited. It is loaded beside
 * JupyterLab's start, not before it: plugin.ts holds what must be there at once.
 */
import type { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { createToolbarFactory, Notification } from '@jupyterlab/apputils';
import type {
  ICommandPalette,
  IToolbarWidgetRegistry,
  WidgetTracker
} from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import { renderMarkdown as renderToHost } from '@jupyterlab/rendermime';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import type { IMlopsApi } from '../api/tokens';
import { chooseFiles } from './choose';
import { CommandIDs } from './commandids';
import { addEditCommands } from './editcommands';
import { ExecutedNotebook } from './executed';
import { PipelineModelFactory } from './model';
import { addOutputCommands } from './outputcommands';
import { addPartCommands } from './partcommands';
import { PastRun } from './pastrun';
import { PastRunWidget } from './pastrunview';
import { RecordTitle } from './recordtitle';
import { addRemoteCommands } from './remotecommands';
import { addRunCommands } from './runcommands';
import type { PipelineSession } from './session';
import { Sessions } from './sessions';
import type { ShellTools } from './tools';
import { addToolbarParts, TOOLBAR } from './toolbar';
import { addViewCommands } from './viewcommands';
import { PipelineWidgetFactory } from './widget';
import type { PipelineDocumentWidget } from './widget';
import { YPipeline } from './ypipeline';

export interface ISetup {
  app: JupyterFrontEnd;
  api: IMlopsApi;
  manager: IDocumentManager;
  translator: ITranslator | null;
  settings: ISettingRegistry | null;
  toolbars: IToolbarWidgetRegistry | null;
  db: IStateDB | null;
  rendermime: IRenderMimeRegistry | null;
  palette: ICommandPalette | null;
  menu: IMainMenu | null;
  /** Brings a document together with those of other browsers. */
  collaboration: ICollaborativeContentProvider | null;
  tracker: WidgetTracker<PipelineDocumentWidget>;
  pastRuns: WidgetTracker<PastRunWidget>;
  /** The names of the settings, the file type and the widget factory. */
  names: { plugin: string; fileType: string; factory: string };
}

export function setUp(options: ISetup): void {
  const { app, api, manager, translator, rendermime, tracker } = options;
  const { commands, docRegistry, serviceManager, shell } = app;
  const trans = (translator ?? nullTranslator).load('mlops_ext');
  const sessions = new Sessions(tracker, shell);
  const tools: ShellTools = {
    contents: serviceManager.contents,
    commands,
    chooseFiles: session => chooseFiles(session, manager),
    renderMarkdown: rendermime
      ? text => renderMarkdown(rendermime, text)
      : undefined
  };
  const models = new PipelineModelFactory();
  docRegistry.addModelFactory(models);
  options.collaboration?.sharedModelFactory.registerDocumentFactory(
    models.contentType,
    () => YPipeline.create()
  );
  docRegistry.addWidgetExtension('Notebook', new ExecutedNotebook());
  for (const factory of ['Notebook', 'Editor']) {
    docRegistry.addWidgetExtension(factory, new RecordTitle(api.runs, trans));
  }
  addFactory(options, tools, trans);
  serviceManager.contents.fileChanged.connect((_, { type, newValue }) => {
    if (type === 'save' && newValue?.path) {
      void reloadIfChanged(sessions.at(newValue.path)?.session, newValue.hash);
    }
    // It may be one that a node is, or reads.
    tracker.forEach(({ session }) => session.plan.look());
  });
  addEditCommands(commands, sessions, tools.chooseFiles, trans);
  addViewCommands(commands, sessions, api, trans);
  addRunCommands({
    commands,
    sessions,
    manager,
    api,
    trans,
    openRun: id => openPastRun(options, tools, trans, id)
  });
  addPartCommands({ commands, sessions, api, trans });
  addRemoteCommands({ commands, sessions, api, trans });
  addOutputCommands({
    commands,
    sessions,
    contents: serviceManager.contents,
    trans
  });
  const category = trans.__('Pipeline');
  for (const command of Object.values(CommandIDs)) {
    if (!NOT_IN_PALETTE.has(command)) {
      options.palette?.addItem({ command, category });
    }
  }
  addToEditMenu(options.menu, tracker, sessions);
}

/** The widgets of pipelines, with their toolbar, and what follows each. */
function addFactory(
  options: ISetup,
  tools: ShellTools,
  trans: TranslationBundle
): void {
  const { app, api, db, settings, toolbars, tracker, names } = options;
  const { commands, docRegistry } = app;
  const translator = options.translator ?? nullTranslator;
  if (toolbars) {
    addToolbarParts(toolbars, commands);
  }
  const factory = new PipelineWidgetFactory({
    name: names.factory,
    label: trans.__('Pipeline'),
    modelName: 'mlopspipeline',
    // The name under which jupyter-collaboration provides contents.
    contentProviderId: options.collaboration ? 'rtc' : undefined,
    fileTypes: [names.fileType],
    defaultFor: [names.fileType],
    translator,
    toolbarFactory:
      toolbars && settings
        ? createToolbarFactory(
            toolbars,
            settings,
            TOOLBAR,
            names.plugin,
            translator
          )
        : undefined,
    api,
    db,
    trans,
    tools
  });
  docRegistry.addWidgetFactory(factory);
  factory.widgetCreated.connect((_, widget) => {
    void tracker.add(widget);
    const { session } = widget;
    widget.context.pathChanged.connect(() => void tracker.save(widget));
    followFailure(session);
    keepCommandsCurrent(session, () => commands.notifyCommandChanged());
  });
}

/** They need to be told what they are about, or are another feature's. */
const NOT_IN_PALETTE: ReadonlySet<string> = new Set([
  CommandIDs.openRun,
  CommandIDs.openLog,
  CommandIDs.retry,
  CommandIDs.resume,
  CommandIDs.showRuns
]);

/** Show a run of the past in a tab of its own. */
function openPastRun(
  options: ISetup,
  tools: ShellTools,
  trans: TranslationBundle,
  id: string
): PastRunWidget {
  const { app, api, pastRuns } = options;
  let widget = pastRuns.find(({ runId }) => runId === id);
  if (!widget) {
    widget = new PastRunWidget(new PastRun(id, api, trans), tools);
    void pastRuns.add(widget);
  }
  if (!widget.isAttached) {
    app.shell.add(widget, 'main');
  }
  app.shell.activateById(widget.id);
  return widget;
}

/** The first failure leads to its node and its traceback. */
function followFailure(session: PipelineSession): void {
  session.runs.failed.connect((_, node) => {
    if (isTyping()) {
      // What a person writes into must not turn into something else.
      session.view.showTab('run');
      return;
    }
    session.show(node);
    session.view.showTab('log');
  });
}

function isTyping(): boolean {
  return document.activeElement?.matches('input, textarea, select') ?? false;
}

/** Buttons and menus look again whether a command can be used. */
function keepCommandsCurrent(
  session: PipelineSession,
  notify: () => void
): void {
  let frame = 0;
  const soon = () => {
    if (frame === 0) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        notify();
      });
    }
  };
  session.changed.connect(soon);
  session.selectionChanged.connect(soon);
  session.runs.changed.connect(soon);
}

/** Another editor wrote the file: show what it says now. */
async function reloadIfChanged(
  session: PipelineSession | undefined,
  hash: string | undefined
): Promise<void> {
  const known = session?.context.contentsModel?.hash;
  if (session && !(hash && known && hash === known)) {
    await session.reload().catch((error: unknown) => {
      Notification.error(String(error), { autoClose: 8000 });
    });
  }
}

/** Edit > Undo and Redo are about the pipeline when one looks at it. */
function addToEditMenu(
  menu: IMainMenu | null,
  tracker: WidgetTracker<PipelineDocumentWidget>,
  sessions: Sessions
): void {
  const isEnabled = (widget: Widget) =>
    tracker.has(widget) && sessions.find({}) !== null;
  menu?.editMenu.undoers.undo.add({ id: CommandIDs.undo, isEnabled });
  menu?.editMenu.undoers.redo.add({ id: CommandIDs.redo, isEnabled });
}

/** A comment's Markdown as JupyterLab shows it: sanitised, not trusted. */
async function renderMarkdown(
  rendermime: IRenderMimeRegistry,
  text: string
): Promise<HTMLElement> {
  const host = document.createElement('div');
  host.classList.add('jp-RenderedHTMLCommon', 'jp-RenderedMarkdown');
  const { sanitizer, linkHandler, latexTypesetter, markdownParser } =
    rendermime;
  await renderToHost({
    host,
    source: text,
    trusted: false,
    sanitizer,
    resolver: null,
    linkHandler,
    shouldTypeset: true,
    latexTypesetter,
    markdownParser
  });
  disarm(host);
  return host;
}

/**
 * JupyterLab's sanitiser lets a text carry buttons that press its commands. A
 * comment came with somebody's file: what it holds is to be read only.
 */
function disarm(host: HTMLElement): void {
  const armed = '[data-commandlinker-command], [data-commandlinker-args]';
  for (const element of host.querySelectorAll(armed)) {
    element.removeAttribute('data-commandlinker-command');
    element.removeAttribute('data-commandlinker-args');
  }
}
