/** What the features ask JupyterLab for, to speak with the server. */
import { Token } from '@lumino/coreutils';

import type { Client } from './client';
import type { RunStore } from './runs';

export interface IMlopsApi {
  readonly client: Client;
  readonly runs: RunStore;
}

export const IMlopsApi = new Token<IMlopsApi>(
  'mlops-ext:IMlopsApi',
  'The server API of pipelines and runs, and the runs known so far.'
);
