/** A schedule in words, where it is one of those that people write. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { CronField, CronProblem } from '../model/cron';
import { safeLine } from './safetext';

export type Timetable = { cron: string; timezone?: string | null };

/** "Every day at 06:00 (Europe/Berlin)"; else the expression as it is. */
export function scheduleWords(
  { cron, timezone }: Timetable,
  trans: TranslationBundle
): string {
  const words = cronWords(cron.trim(), trans) ?? safeLine(cron, 100);
  const zone = timezone ?? 'UTC';
  return /^\d+ /.test(cron.trim()) && words.includes(':')
    ? trans.__('%1 (%2)', words, safeLine(zone, 60))
    : words;
}

/** Why a text is no cron expression, in the words that the runtimes use. */
export function cronSentence(
  problem: CronProblem,
  trans: TranslationBundle
): string {
  if (problem.kind === 'count') {
    return trans.__(
      'It must have five fields: minute, hour, day of the month, month, day of the week.'
    );
  }
  const names: Record<CronField, string> = {
    minute: trans.__('minute'),
    hour: trans.__('hour'),
    day: trans.__('day of the month'),
    month: trans.__('month'),
    weekday: trans.__('day of the week')
  };
  const text = safeLine(problem.text, 40);
  return trans.__('“%1” is no %2.', text, names[problem.field]);
}

function cronWords(cron: string, trans: TranslationBundle): string | null {
  const fields = cron.split(/\s+/);
  if (fields.length !== 5) {
    return null;
  }
  const [minute, hour, day, month, weekday] = fields;
  const isEveryDay = day === '*' && month === '*' && weekday === '*';
  const step = /^\*\/([1-9]\d?)$/;
  const minutes = step.exec(minute)?.[1];
  if (isEveryDay && hour === '*') {
    if (minute === '*') {
      return trans.__('Every minute');
    }
    if (minutes) {
      return trans.__('Every %1 minutes', minutes);
    }
    return isNumber(minute, 59)
      ? trans.__('Every hour, at minute %1', Number(minute))
      : null;
  }
  const hours = step.exec(hour)?.[1];
  if (isEveryDay && hours && isNumber(minute, 59)) {
    return trans.__('Every %1 hours, at minute %2', hours, Number(minute));
  }
  if (!isNumber(minute, 59) || !isNumber(hour, 23)) {
    return null;
  }
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (isEveryDay) {
    return trans.__('Every day at %1', time);
  }
  if (day === '*' && month === '*') {
    return weekdayWords(weekday, time, trans);
  }
  return isNumber(day, 31) && month === '*' && weekday === '*'
    ? trans.__('Every month on day %1 at %2', Number(day), time)
    : null;
}

function weekdayWords(
  weekday: string,
  time: string,
  trans: TranslationBundle
): string | null {
  if (weekday === '1-5') {
    return trans.__('Monday to Friday at %1', time);
  }
  if (!isNumber(weekday, 7)) {
    return null;
  }
  // The first of January 2023 was a Sunday.
  const date = new Date(Date.UTC(2023, 0, 1 + (Number(weekday) % 7)));
  const name = new Intl.DateTimeFormat(undefined, {
    weekday: 'long',
    timeZone: 'UTC'
  }).format(date);
  return trans.__('Every %1 at %2', name, time);
}

function isNumber(text: string, most: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) <= most;
}
