/** Which part of a pipeline a run was for, in words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { own } from '../model/document';
import type { RunSummary } from '../model/run';
import { safeLine } from './safetext';

/** "only Train", "from Train on"; empty for all of the pipeline. */
export function selectionWords(
  { select, nodes }: Pick<RunSummary, 'select' | 'nodes'>,
  trans: TranslationBundle
): string {
  const name = (id: string) => safeLine(own(nodes, id)?.label ?? id, 60);
  if (!select) {
    return '';
  }
  if ('only' in select) {
    return trans.__('only %1', name(select.only));
  }
  if ('from' in select) {
    return trans.__('from %1 on', name(select.from));
  }
  return 'to' in select
    ? trans.__('up to %1', name(select.to))
    : trans.__('what had failed');
}
