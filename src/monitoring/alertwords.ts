/** The figures behind an alert's sentence, for who points at it. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Alert } from '../model/monitor';
import { safeLine } from '../ui/safetext';
import { measureWords } from './measurewords';
import { formatMeasure } from './words';

/** A line for each check: "Kolmogorov–Smirnov of age: 0.341, q = 1.1e-12". */
export function alertFigures(alert: Alert, trans: TranslationBundle): string {
  return alert.checks
    .map(({ measure, column, value, q }) => {
      const { name } = measureWords(measure, trans);
      const part = column === null ? null : safeLine(column, 60);
      const what = part === null ? name : trans.__('%1 of %2', name, part);
      return typeof q === 'number'
        ? trans.__(
            '%1: %2, q = %3',
            what,
            formatMeasure(value),
            formatMeasure(q)
          )
        : trans.__('%1: %2', what, formatMeasure(value));
    })
    .join('\n');
}
