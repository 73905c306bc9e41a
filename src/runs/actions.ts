/**
 * What one can do with a run from the panel. Each either happens or says in a
 * sentence why it did not.
 */
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ApiError, sentenceOf } from '../api/client';
import { drivePath } from '../api/drive';
import { pipelinePath } from '../api/runs';
import type { IMlopsApi } from '../api/tokens';
import type { Run } from '../model/run';
import { own } from '../model/document';
import { formatExact, parseTime } from '../ui/time';
import { lastAttempt, runName } from './names';

export class RunActions {
  constructor(
    private readonly _api: IMlopsApi,
    private readonly _commands: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {}

  stop(id: string): Promise<void> {
    return this._try(() => this._api.runs.cancel(id));
  }

  /** Run what failed again, in the same run of its Airflow. */
  retry(id: string): Promise<void> {
    return this._try(() => this._api.runs.retry(id));
  }

  /** Run the pipeline as it is now, with what this run was given. */
  again(id: string): Promise<void> {
    return this._try(async () => {
      const run = await this._api.runs.load(id);
      await this._api.runs.launch({
        pipeline: pipelinePath(run),
        runtime: run.runtime,
        parameters: run.parameters,
        mode: run.mode,
        max_parallel: run.max_parallel,
        select: run.select
      });
    });
  }

  /** Let the pipeline of a run go on that somebody has paused there. */
  resume({ runtime, remote }: Run): Promise<void> {
    return this._try(async () => {
      if (remote?.dag_id) {
        await this._api.deployments.setPaused(runtime, remote.dag_id, false);
      }
    });
  }

  /** Run what failed in a run, in a run of its own. */
  failed(id: string): Promise<void> {
    return this._try(async () => {
      const run = await this._api.runs.load(id);
      await this._api.runs.launch({
        pipeline: pipelinePath(run),
        runtime: run.runtime,
        parameters: run.parameters,
        mode: run.mode,
        max_parallel: run.max_parallel,
        select: { failed: id }
      });
    });
  }

  /** The pipeline as it was, with the states of this run. */
  show(id: string): Promise<void> {
    return this._run('mlops:open-run', { id });
  }

  /** Lead to a run in the panel, or to a node of it. */
  reveal(id: string, node?: string): Promise<void> {
    return this._run('mlops:show-run', node ? { id, node } : { id });
  }

  newPipeline(): Promise<void> {
    return this._run('mlops:new-pipeline', {});
  }

  openNotebook(run: string, node: string): Promise<void> {
    return this._run('mlops:open-executed', { run, node });
  }

  downloadHtml(run: string, node: string): Promise<void> {
    return this._run('mlops:download-html', { run, node });
  }

  /** The log of an attempt as a file in a tab. */
  openLog(run: Run, node: string, attempt: number): Promise<void> {
    const log = own(run.nodes, node)?.log;
    const path = log ?? `${node}/${attempt}/log.txt`;
    const folder = PathExt.dirname(PathExt.dirname(path));
    return this._run('docmanager:open', {
      path: drivePath(
        run.id,
        PathExt.join(folder, String(attempt), PathExt.basename(path))
      ),
      factory: 'Editor'
    });
  }

  /**
   * An output of a node, as the pipeline names it: the copy that the run kept,
   * else the file as it is in the workspace now.
   */
  openOutput(run: Run, node: string, output: string): Promise<void> {
    return this._try(async () => {
      const place = PathExt.join(PathExt.dirname(run.pipeline), output);
      const attempt = String(lastAttempt(run, node));
      const kept = PathExt.join(node, attempt, 'outputs', place);
      const type = await this._typeOf(run.id, kept);
      const path = PathExt.join(run.workspace, place);
      if (type === 'directory') {
        // Only the workspace has a browser of files.
        await this._commands.execute('filebrowser:go-to-path', { path });
      } else {
        await this._commands.execute('docmanager:open', {
          path: type === null ? path : drivePath(run.id, kept)
        });
      }
    });
  }

  /** Which runs made an output, and which read it. */
  lineage(run: Run, output: string): Promise<void> {
    const folder = PathExt.dirname(pipelinePath(run));
    return this._run('mlops:show-lineage', {
      path: PathExt.join(folder, output)
    });
  }

  /** Make a monitor that watches an output. */
  monitor(run: string, node: string, output: string): Promise<void> {
    return this._run('mlops:new-monitor', { run, node, output });
  }

  /** Delete a run for good, after asking. Answers whether it was done. */
  async remove(id: string): Promise<boolean> {
    const trans = this._trans;
    const run = this._api.runs.summary(id);
    if (run === null) {
      return false;
    }
    const when = parseTime(run.created);
    const { button } = await showDialog({
      title: trans.__('Delete this run?'),
      body: [
        trans.__(
          'The run of %1 of %2, with its executed notebooks, logs and results, will be gone. The pipeline and its files stay.',
          runName(run),
          when === null ? run.created : formatExact(when)
        ),
        ...(run.remote
          ? [trans.__('What Airflow keeps of it stays there.')]
          : [])
      ].join(' '),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Delete') })
      ],
      defaultButton: 0
    });
    if (!button.accept) {
      return false;
    }
    return this._try(() => this._api.runs.remove(id)).then(() => true);
  }

  /** What a path in a run's directory is; null if there is nothing. */
  private async _typeOf(run: string, path: string): Promise<string | null> {
    try {
      const { client } = this._api;
      return (await client.driveGet(run, path, { content: false })).type;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        return null;
      }
      throw error;
    }
  }

  private _run(
    command: string,
    args: ReadonlyPartialJSONObject
  ): Promise<void> {
    return this._try(() => this._commands.execute(command, args));
  }

  private async _try(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      Notification.error(sentenceOf(error), { autoClose: 10_000 });
    }
  }
}
