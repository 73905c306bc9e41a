/**
 * What a node made, opened to be read: its executed notebook, its log. They
 * are records of a run, so nothing is started for them and nothing is written.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import type { Client } from '../api/client';
import { DRIVE, drivePath } from '../api/drive';
import type { RunStore } from '../api/runs';
import { own } from '../model/document';
import type { NodeRun } from '../model/run';

const NO_KERNEL = {
  shouldStart: false,
  autoStartDefault: false,
  canStart: false,
  shutdownOnDispose: false
};

/** Open the executed notebook of a node; a script has a log instead. */
export async function openExecuted(
  options: {
    runs: RunStore;
    manager: IDocumentManager;
    trans: TranslationBundle;
  },
  run: string,
  node: string
): Promise<Widget | undefined> {
  const { manager, runs, trans } = options;
  const nodeRun = own((await runs.load(run)).nodes, node);
  if (nodeRun?.notebook) {
    return manager.openOrReveal(
      drivePath(run, nodeRun.notebook),
      'Notebook',
      undefined,
      { mode: 'tab-after' },
      NO_KERNEL
    );
  }
  if (nodeRun?.log) {
    return openText(manager, run, nodeRun.log);
  }
  await showErrorMessage(
    trans.__('Nothing to open'),
    trans.__('%1 has not made a notebook or a log in this run.', node)
  );
  return undefined;
}

/** Open the log of an attempt in a tab. */
export async function openLog(
  options: { runs: RunStore; manager: IDocumentManager },
  run: string,
  node: string,
  attempt: number | null
): Promise<Widget | undefined> {
  const nodeRun = own((await options.runs.load(run)).nodes, node);
  const path = nodeRun && logPath(nodeRun, node, attempt);
  return path ? openText(options.manager, run, path) : undefined;
}

function logPath(
  { log }: NodeRun,
  node: string,
  attempt: number | null
): string | null {
  return attempt === null ? log : `${node}/${attempt}/log.txt`;
}

function openText(
  manager: IDocumentManager,
  run: string,
  path: string
): IDocumentWidget | undefined {
  return manager.openOrReveal(
    drivePath(run, path),
    'Editor',
    undefined,
    { mode: 'tab-after' },
    NO_KERNEL
  );
}

/** Give the executed notebook, as a page that runs nothing, to the browser. */
export async function downloadHtml(
  client: Client,
  run: string,
  node: string
): Promise<void> {
  const url = URL.createObjectURL(await client.html(run, node));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = `${node.replace(/[^\w-]+/g, '-')}.html`;
  document.body.appendChild(anchor);
  anchor.click();
  anchor.remove();
  URL.revokeObjectURL(url);
}

/**
 * Keeps notebooks of runs from starting kernels however they are opened, also
 * when JupyterLab restores its tabs, and leads to the cell that failed.
 */
export class ExecutedNotebook implements DocumentRegistry.IWidgetExtension<
  NotebookPanel,
  INotebookModel
> {
  createNew(
    panel: NotebookPanel,
    context: DocumentRegistry.IContext<INotebookModel>
  ): void {
    if (!context.path.startsWith(`${DRIVE}:`)) {
      return;
    }
    const { sessionContext } = context;
    sessionContext.kernelPreference = {
      ...sessionContext.kernelPreference,
      ...NO_KERNEL
    };
    void panel.revealed.then(() => showFailure(panel));
  }
}

async function showFailure(panel: NotebookPanel): Promise<void> {
  const { content, isDisposed } = panel;
  const cells = isDisposed ? null : content.model?.cells;
  if (!cells) {
    return;
  }
  const index = Array.from(cells).findIndex(cell => {
    const { outputs } = cell.toJSON();
    return (
      Array.isArray(outputs) &&
      outputs.some(
        output => (output as { output_type?: unknown }).output_type === 'error'
      )
    );
  });
  if (index >= 0) {
    content.activeCellIndex = index;
    await leadTo(panel, index);
  }
}

/**
 * Scroll to a cell. Cells are given their height as they are drawn, so that
 * one scroll ends where the cell was thought to be: look, and scroll again.
 */
async function leadTo(
  { content }: NotebookPanel,
  index: number
): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    await content.scrollToItem(index, 'center');
    await new Promise(resolve => window.setTimeout(resolve, 100));
    const cell = content.isDisposed ? undefined : content.widgets[index];
    if (!cell || isAcrossMiddle(cell.node, content.node)) {
      return;
    }
  }
}

/** Whether a box lies over the middle of another, or wholly within it. */
function isAcrossMiddle(inner: HTMLElement, outer: HTMLElement): boolean {
  const { top, bottom } = inner.getBoundingClientRect();
  const room = outer.getBoundingClientRect();
  const middle = (room.top + room.bottom) / 2;
  const isOver = top <= middle && middle <= bottom;
  const isWithin = room.top <= top && bottom <= room.bottom;
  return bottom > top && (isOver || isWithin);
}
