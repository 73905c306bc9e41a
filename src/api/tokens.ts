/** What the features ask JupyterLab for, to speak with the server. */
import { Token } from '@lumino/coreutils';

import type { Client } from './client';
import type { DeploymentStore } from './deployments';
import type { MonitorStore } from './monitors';
import type { RunStore } from './runs';
import type { RuntimeStore } from './runtimes';

export interface IMlopsApi {
  readonly client: Client;
  readonly runs: RunStore;
  readonly runtimes: RuntimeStore;
  readonly deployments: DeploymentStore;
  readonly monitors: MonitorStore;
}

export const IMlopsApi = new Token<IMlopsApi>(
  'mlops-ext:IMlopsApi',
  'The server API of pipelines and runs; the runs, runtimes and monitors known so far.'
);
