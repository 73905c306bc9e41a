/**
 * The tabs of what runs made. All executed notebooks are called notebook.ipynb:
 * the tab says of which node, and of which run.
 */
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { DRIVE } from '../api/drive';
import type { RunStore } from '../api/runs';
import { own } from '../model/document';
import type { Run } from '../model/run';
import { safeLine } from '../ui/safetext';
import { formatClock, parseTime } from '../ui/time';

export class RecordTitle implements DocumentRegistry.IWidgetExtension<
  IDocumentWidget,
  DocumentRegistry.IModel
> {
  constructor(
    private readonly runs: Pick<RunStore, 'load'>,
    private readonly trans: TranslationBundle
  ) {}

  createNew(
    widget: IDocumentWidget,
    { path }: DocumentRegistry.IContext<DocumentRegistry.IModel>
  ): void {
    const prefix = `${DRIVE}:`;
    if (!path.startsWith(prefix)) {
      return;
    }
    const { title } = widget;
    // Where a tab gets another title, JupyterLab renames its file: a record has
    // the name that it has.
    Signal.disconnectBetween(title, widget);
    const local = path.slice(prefix.length);
    this.runs.load(local.split('/')[0]).then(
      run => {
        const label = recordTitle(run, local, this.trans);
        if (label === null) {
          return;
        }
        // JupyterLab may put the file's own name there again.
        const keep = () => {
          title.label = label;
        };
        title.changed.connect(keep);
        keep();
      },
      () => {
        // The run is gone, and its file with it: JupyterLab says so.
      }
    );
  }
}

/**
 * What a file of a run is called; null for a file that has a name of its own.
 *
 * @param path - `<run>/<node>/<attempt>/<file>`
 */
export function recordTitle(
  run: Pick<Run, 'nodes' | 'started' | 'created'>,
  path: string,
  trans: TranslationBundle
): string | null {
  const [, id, attempt, ...rest] = path.split('/');
  const file = rest.length === 1 ? PathExt.basename(path) : '';
  const node = own(run.nodes, id);
  if (!node || (file !== 'notebook.ipynb' && file !== 'log.txt')) {
    return null;
  }
  const name = safeLine(node.label ?? id, 60);
  const started = parseTime(run.started ?? run.created);
  const when = started === null ? '' : formatClock(started);
  const which =
    node.attempts > 1 ? trans.__('%1, attempt %2', when, attempt) : when;
  return file === 'log.txt'
    ? trans.__('Log of %1 (%2)', name, which)
    : trans.__('%1 (%2)', name, which);
}
