/** What the panel calls the steps of a test, and how a runtime stands. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { safeLine } from '../ui/safetext';

export function stepWord(step: string, trans: TranslationBundle): string {
  switch (step) {
    case 'reach':
      return trans.__('Reach the server');
    case 'version':
      return trans.__('Its version');
    case 'sign-in':
      return trans.__('Sign in');
    case 'rights':
      return trans.__('Rights to run pipelines');
    case 'delivery':
      return trans.__('Deliver a pipeline');
    case 'files':
      return trans.__('Write and read files');
    default:
      return safeLine(step, 60);
  }
}

export function stepStateWord(state: string, trans: TranslationBundle): string {
  switch (state) {
    case 'ok':
      return trans.__('works');
    case 'failed':
      return trans.__('failed');
    case 'running':
      return trans.__('being tried');
    case 'skipped':
      return trans.__('not tried');
    default:
      return trans.__('to do');
  }
}
