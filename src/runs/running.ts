/** Runs in JupyterLab's panel of what is running, beside kernels and terminals. */
import type { IRunningSessions } from '@jupyterlab/running';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { RunStore } from '../api/runs';
import type { RunSummary } from '../model/run';
import { stateWord } from '../ui/state';
import { runsIcon } from './icons';
import { runFolder, runName } from './names';

/** The manager that lists the runs which have not ended. */
export function runningRuns(
  runs: RunStore,
  commands: CommandRegistry,
  stop: (id: string) => Promise<void>,
  trans: TranslationBundle
): IRunningSessions.IManager {
  const item = (run: RunSummary): IRunningSessions.IRunningItem => ({
    icon: () => runsIcon,
    label: () => runName(run),
    labelTitle: () => runFolder(run),
    detail: () => stateWord(run, trans),
    open: () => void commands.execute('mlops:show-run', { id: run.id }),
    shutdown: () => void stop(run.id)
  });
  return {
    name: trans.__('Pipeline runs'),
    running: () => runs.active().map(item),
    runningChanged: runs.changed,
    refreshRunning: () => void runs.start(),
    shutdownLabel: trans.__('Stop'),
    shutdownAll: () => runs.active().forEach(run => void stop(run.id)),
    shutdownAllLabel: trans.__('Stop All'),
    shutdownAllConfirmationText: trans.__(
      'Stop all pipeline runs? What they have made stays.'
    )
  };
}
