/**
 * Times in words, the same everywhere: durations that don't change their width
 * more than they must, and "when" as one says it, with the exact time on hover.
 *
 * Times of runs come from the server's clock; where `now` is asked for, give
 * the server's (Client.now), or the clock of a laptop that is off shows.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useRef, useState } from 'react';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of an ISO time, or null. */
export function parseTime(time: string | null | undefined): number | null {
  const value = time ? Date.parse(time) : NaN;
  return Number.isNaN(value) ? null : value;
}

/**
 * A duration in at most two units: "0.3 s", "12 s", "2 min 05 s", "1 h 02 min",
 * "3 d 04 h". While something runs (`live`) no tenths: they would flicker.
 */
export function formatDuration(
  seconds: number,
  options: { live?: boolean } = {}
): string {
  const value = Math.max(0, seconds);
  if (!Number.isFinite(value)) {
    return '';
  }
  if (!options.live && value < 9.95) {
    return value > 0 && value < 0.05 ? '< 0.1 s' : `${value.toFixed(1)} s`;
  }
  const whole = options.live ? Math.floor(value) : Math.round(value);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }
  const minutes = Math.floor(whole / 60);
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  }
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** What has a beginning and perhaps an end: a run or a node run. */
export type Timed = {
  state: string;
  seconds: number | null;
  started?: string | null;
  /** What was not run again took no time. */
  reused?: boolean;
};

/** Seconds that something took, or has taken so far; null before it starts. */
export function elapsed(timed: Timed, now: number): number | null {
  if (timed.state === 'running') {
    const started = parseTime(timed.started);
    return started === null
      ? timed.seconds
      : Math.max(0, (now - started) / SECOND);
  }
  // What is queued again has the seconds of its last attempt.
  return timed.state === 'queued' ? null : timed.seconds;
}

/** The duration of a run or node run in words; empty where there is none. */
export function durationOf(timed: Timed, now: number): string {
  const seconds = timed.reused ? null : elapsed(timed, now);
  return seconds === null
    ? ''
    : formatDuration(seconds, { live: timed.state === 'running' });
}

/** A moment as the clocks of a time zone show it, with its day: "Thu 26 Nov, 06:00". */
export function formatMoment(
  time: number,
  timeZone: string,
  locale?: string
): string {
  return format(
    time,
    {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone
    },
    locale
  );
}

/** "just now", "5 min ago", "3 h ago", "yesterday 14:02", "Mon 14:02", "12 Nov". */
export function formatRelative(
  time: number,
  now: number,
  trans: TranslationBundle,
  locale?: string
): string {
  const age = now - time;
  if (age < MINUTE) {
    return trans.__('just now');
  }
  if (age < HOUR) {
    return trans.__('%1 min ago', Math.floor(age / MINUTE));
  }
  const days = calendarDays(time, now);
  if (days === 0 || age < 6 * HOUR) {
    return trans.__('%1 h ago', Math.floor(age / HOUR));
  }
  const clock = format(time, { hour: '2-digit', minute: '2-digit' }, locale);
  if (days === 1) {
    return trans.__('yesterday %1', clock);
  }
  if (days < 7) {
    return `${format(time, { weekday: 'short' }, locale)} ${clock}`;
  }
  const isSameYear =
    new Date(time).getFullYear() === new Date(now).getFullYear();
  return format(
    time,
    {
      day: 'numeric',
      month: 'short',
      ...(isSameYear ? {} : { year: 'numeric' })
    },
    locale
  );
}

/** The exact time, for a tooltip or the details. */
export function formatExact(time: number, locale?: string): string {
  return format(time, { dateStyle: 'medium', timeStyle: 'medium' }, locale);
}

/** The time of day: "14:02". */
export function formatClock(time: number, locale?: string): string {
  return format(time, { hour: '2-digit', minute: '2-digit' }, locale);
}

function format(
  time: number,
  options: Intl.DateTimeFormatOptions,
  locale?: string
): string {
  return new Intl.DateTimeFormat(locale, options).format(time);
}

/** Midnights between two times, in the person's time zone. */
function calendarDays(time: number, now: number): number {
  const from = new Date(time).setHours(12, 0, 0, 0);
  const to = new Date(now).setHours(12, 0, 0, 0);
  return Math.round((to - from) / DAY);
}

/**
 * The time, kept current while `isActive`; one timer for each component that
 * asks, so ask high in the tree and pass `now` down.
 */
export function useNow(
  interval: number,
  isActive = true,
  clock: () => number = Date.now
): number {
  const [now, setNow] = useState(clock);
  const read = useRef(clock);
  read.current = clock;
  useEffect(() => {
    if (!isActive) {
      return undefined;
    }
    setNow(read.current());
    const timer = setInterval(() => setNow(read.current()), interval);
    return () => clearInterval(timer);
  }, [interval, isActive]);
  return now;
}
