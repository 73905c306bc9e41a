/** What an alert is about, as one would say it. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { measureOf } from '../model/measures';
import type { Alert } from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { measureWords } from './measurewords';
import { formatMeasure } from './words';

const MOST = 4;

type AlertCheck = Alert['checks'][number];

/** "Visits has drifted (Kolmogorov–Smirnov 0.285), …"; the server's sentence where it names no checks. */
export function alertSentence(alert: Alert, trans: TranslationBundle): string {
  if (alert.checks.length === 0) {
    return safeText(alert.summary);
  }
  const phrases = alert.checks.slice(0, MOST).map(one => phraseOf(one, trans));
  const rest = alert.checks.length - phrases.length;
  const all =
    rest > 0
      ? [...phrases, trans._n('%1 check more', '%1 checks more', rest, rest)]
      : phrases;
  const text = all.join(', ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function phraseOf(check: AlertCheck, trans: TranslationBundle): string {
  const { measure, value } = check;
  const part = check.column === null ? null : safeLine(check.column, 60);
  const { name } = measureWords(measure, trans);
  const figure = formatMeasure(value);
  const share = value === null ? '–' : formatMeasure(round(value * 100));
  switch (measure) {
    case 'missing':
      return trans.__('%1 % of %2 is missing', share, part ?? '');
    case 'out_of_range':
      return trans.__(
        '%1 % of %2 is out of the baseline’s range',
        share,
        part ?? ''
      );
    case 'new_category':
      return trans.__('%1 % of %2 is new', share, part ?? '');
    case 'type_change':
      return trans.__('%1 % of %2 is of another type', share, part ?? '');
    case 'duplicates':
      return trans.__('%1 % of the rows are duplicates', share);
    case 'domain_auc':
      return trans.__(
        'the features together have drifted (domain classifier %1)',
        figure
      );
    case 'score_psi':
      return trans.__('the scores have moved (PSI %1)', figure);
    case 'prediction_psi':
      return trans.__('the predictions have moved (PSI %1)', figure);
    default:
      break;
  }
  if (part === null) {
    return trans.__('%1 is %2', name, figure);
  }
  return measureOf(measure).family === 'drift'
    ? trans.__('%1 has drifted (%2 %3)', part, name, figure)
    : trans.__('%1 of %2 is %3', name, part, figure);
}

function round(value: number): number {
  return Number(value.toPrecision(2));
}
