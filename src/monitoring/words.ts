/** How monitors, checks and alerts are spoken of. */
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  AlertState,
  Bounds,
  DecisionAction,
  MonitorStatus,
  Verdict
} from '../model/monitor';
import { safeLine } from '../ui/safetext';

/** How something stands, on screen: a monitor, a batch, a check. */
export type Standing = MonitorStatus | Verdict | 'none' | 'running';

export function standingWord(
  standing: Standing,
  trans: TranslationBundle
): string {
  switch (standing) {
    case 'ok':
      return trans.__('OK');
    case 'warn':
      return trans.__('Warning');
    case 'alert':
      return trans.__('Alert');
    case 'error':
      return trans.__('Error');
    case 'too_few_rows':
      return trans.__('Too few rows');
    case 'no_labels':
      return trans.__('No labels yet');
    case 'not_computed':
      return trans.__('Not computed');
    case 'running':
      return trans.__('Being evaluated');
    case 'none':
      return trans.__('Not evaluated yet');
    default:
      // A newer server may know more than this page.
      return safeLine(String(standing), 40);
  }
}

/** Is it well: the answer to the first question one asks. */
export function standingSentence(
  standing: Standing,
  trans: TranslationBundle
): string {
  switch (standing) {
    case 'ok':
      return trans.__('All checks of the last batch are within their bounds.');
    case 'warn':
      return trans.__('A check of the last batch is beyond its warning.');
    case 'alert':
      return trans.__('A check of the last batch is beyond its alert.');
    case 'error':
      return trans.__(
        'The last batch could not be evaluated in full. This says nothing about the model.'
      );
    case 'too_few_rows':
      return trans.__(
        'The last batch has too few rows to be judged. Chance would decide.'
      );
    case 'no_labels':
      return trans.__(
        'What needs no labels is within its bounds. Quality is measured when the labels come.'
      );
    case 'running':
      return trans.__('A batch is being evaluated.');
    default:
      return trans.__('No batch was evaluated yet.');
  }
}

export function alertStateWord(
  state: AlertState,
  trans: TranslationBundle
): string {
  switch (state) {
    case 'open':
      return trans.__('Open');
    case 'snoozed':
      return trans.__('Snoozed');
    case 'retraining':
      return trans.__('Retraining');
    case 'accepted':
      return trans.__('Accepted as new baseline');
    case 'dismissed':
      return trans.__('Dismissed');
    case 'resolved':
      return trans.__('Resolved');
    default:
      return safeLine(String(state), 40);
  }
}

/** What a person decided, as the past: "Ada retrained". */
export function decisionWord(action: string, trans: TranslationBundle): string {
  switch (action) {
    case 'retrain':
      return trans.__('Retrain');
    case 'accept':
      return trans.__('Accept as new baseline');
    case 'dismiss':
      return trans.__('Dismiss');
    case 'snooze':
      return trans.__('Snooze');
    case 'refresh':
      return trans.__('Refresh');
    case 'promote':
      return trans.__('Promote');
    case 'undo':
      return trans.__('Undo');
    default:
      return safeLine(action, 40);
  }
}

/** What a decision will do, said before it is taken. */
export function decisionSentence(
  action: DecisionAction,
  refresh: string | null,
  trans: TranslationBundle
): string {
  switch (action) {
    case 'retrain':
      return refresh === null
        ? trans.__(
            'This monitor names no refresh pipeline. Name one under Edit, and it is run from here.'
          )
        : trans.__(
            'Runs %1. The model in use stays until a new one takes its place.',
            safeLine(refresh)
          );
    case 'accept':
      return trans.__(
        'The last batch becomes the baseline: from now on, this is normal. The old baseline is kept.'
      );
    case 'snooze':
      return trans.__(
        'Nobody is asked until then. Evaluations go on, and join this alert.'
      );
    default:
      return trans.__(
        'A false alarm, or nothing to be done. If the next batch is beyond its bounds, a new alert opens.'
      );
  }
}

/** A value of a measure: four significant digits, which is what a batch supports. */
export function formatMeasure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return '–';
  }
  if (Number.isInteger(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  return size >= 0.001 && size < 100_000
    ? String(Number(size >= 1000 ? value.toFixed(0) : value.toPrecision(4)))
    : value.toExponential(1);
}

/** "below 0.8", "outside 0.8 to 1.25". */
export function boundsWords(
  bounds: Bounds | null | undefined,
  trans: TranslationBundle
): string {
  if (!bounds) {
    return '';
  }
  const parts = [
    bounds.below !== undefined
      ? trans.__('below %1', formatMeasure(bounds.below))
      : '',
    bounds.above !== undefined
      ? trans.__('above %1', formatMeasure(bounds.above))
      : '',
    bounds.outside
      ? trans.__(
          'outside %1 to %2',
          formatMeasure(bounds.outside[0]),
          formatMeasure(bounds.outside[1])
        )
      : ''
  ];
  return parts.filter(Boolean).join(', ');
}

/** A batch by the name of its file, without folder and ending. */
export function batchName(batch: string): string {
  const name = PathExt.basename(batch);
  const dot = name.lastIndexOf('.');
  return safeLine(dot > 0 ? name.slice(0, dot) : name, 60);
}

/** The first digits of a version, as they are written everywhere. */
export function versionName(version: string | null): string {
  return version === null ? '–' : safeLine(version.slice(0, 12));
}

/** The name of a monitor's file, without its ending. */
export function monitorName(path: string): string {
  return safeLine(PathExt.basename(path).replace(/\.monitor$/, ''));
}

/** "7 days" for "7d"; null where nothing is said. */
export function durationWords(
  duration: string | undefined,
  trans: TranslationBundle
): string | null {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(duration ?? '') ?? [];
  const count = Number(number);
  switch (unit) {
    case 's':
      return trans._n('%1 second', '%1 seconds', count, count);
    case 'm':
      return trans._n('%1 minute', '%1 minutes', count, count);
    case 'h':
      return trans._n('%1 hour', '%1 hours', count, count);
    case 'd':
      return trans._n('%1 day', '%1 days', count, count);
    default:
      return null;
  }
}
