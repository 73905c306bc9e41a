/**
 * Cron expressions of five fields: what may stand in them, and when they are
 * due in a time zone. The rules are those of the runtimes: where both kinds of
 * days are restricted, either will do; a time that the clocks leave out is due
 * just after, one that they repeat is due once.
 */

/** What is wrong with an expression: the number of fields, or one of them. */
export type CronProblem =
  | { readonly kind: 'count' }
  | {
      readonly kind: 'field';
      readonly field: CronField;
      readonly text: string;
    };

export const CRON_FIELDS = [
  'minute',
  'hour',
  'day',
  'month',
  'weekday'
] as const;
export type CronField = (typeof CRON_FIELDS)[number];

type Timetable = {
  readonly [field in CronField]: ReadonlySet<number>;
} & {
  /** Whether a day is due that has one of the two, not both. */
  readonly isEither: boolean;
};

const DAY = 86_400_000;
const MINUTE = 60_000;

/** A day that exists only in leap years comes within eight. */
const LONGEST = 8 * 366;

const LIMITS: { readonly [field in CronField]: readonly [number, number] } = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  month: [1, 12],
  weekday: [0, 7]
};

const NAMES: { readonly [field in CronField]?: readonly string[] } = {
  month: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
  weekday: 'sun mon tue wed thu fri sat'.split(' ')
};

const PART =
  /^(?:\*|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:\/([1-9]\d?))?$/;

/** What is wrong with an expression; null if nothing is. */
export function cronProblem(cron: string): CronProblem | null {
  const read = readCron(cron);
  return 'kind' in read ? read : null;
}

/** Whether there is a time zone of this name here. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The next times (ms) after `from`; none where the expression or zone is wrong. */
export function nextTimes(
  cron: string,
  timezone: string,
  from: number,
  count: number
): number[] {
  const table = readCron(cron);
  if ('kind' in table || !isTimeZone(timezone)) {
    return [];
  }
  const zone = new Zone(timezone);
  const today = Math.floor(zone.wall(from) / DAY);
  const found: number[] = [];
  // The day before: its last hour may be repeated after midnight.
  for (let day = today - 1; day < today + LONGEST; day++) {
    if (isDue(table, new Date(day * DAY))) {
      found.push(...timesOf(table, day, zone).filter(time => time > from));
    }
    if (found.length >= count) {
      break;
    }
  }
  return [...new Set(found)].sort((a, b) => a - b).slice(0, count);
}

function readCron(cron: string): Timetable | CronProblem {
  const texts = cron.split(' ');
  if (texts.length !== CRON_FIELDS.length) {
    return { kind: 'count' };
  }
  const sets: Partial<Record<CronField, ReadonlySet<number>>> = {};
  for (const [index, field] of CRON_FIELDS.entries()) {
    const values = readField(field, texts[index].toLowerCase());
    if (values === null) {
      return { kind: 'field', field, text: texts[index] };
    }
    sets[field] = values;
  }
  const [, , day, , weekday] = texts;
  return {
    ...(sets as Record<CronField, ReadonlySet<number>>),
    isEither: day !== '*' && weekday !== '*'
  };
}

function readField(field: CronField, text: string): ReadonlySet<number> | null {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [low, high] = LIMITS[field];
    const match = PART.exec(part);
    if (!match) {
      return null;
    }
    const step = Number(match[3] ?? 1);
    const first = match[1] === undefined ? low : valueOf(field, match[1]);
    // "5/15" goes on to the end; "5" is one value.
    const isOpen = match[1] === undefined || match[3] !== undefined;
    const last =
      match[2] !== undefined
        ? valueOf(field, match[2])
        : isOpen
          ? field === 'weekday'
            ? 6
            : high
          : first;
    if (first === null || last === null || first < low) {
      return null;
    }
    if (
      first > high ||
      last > high ||
      (match[2] !== undefined && first > last)
    ) {
      return null;
    }
    for (let value = first; value <= last; value += step) {
      values.add(field === 'weekday' ? value % 7 : value);
    }
  }
  return values;
}

function valueOf(field: CronField, text: string): number | null {
  if (/^\d/.test(text)) {
    return Number(text);
  }
  const index = NAMES[field]?.indexOf(text) ?? -1;
  return index < 0 ? null : index + LIMITS[field][0];
}

/** Whether a date, told in UTC, is one of the expression's. */
function isDue(table: Timetable, date: Date): boolean {
  const isDay = table.day.has(date.getUTCDate());
  const isWeekday = table.weekday.has(date.getUTCDay());
  return (
    table.month.has(date.getUTCMonth() + 1) &&
    (table.isEither ? isDay || isWeekday : isDay && isWeekday)
  );
}

/** The times of a day, in order. */
function timesOf(table: Timetable, day: number, zone: Zone): number[] {
  const isHourly = table.hour.size === 24;
  const offsets = zone.offsets(day * DAY);
  return [...table.hour]
    .sort((a, b) => a - b)
    .flatMap(hour =>
      [...table.minute]
        .sort((a, b) => a - b)
        .flatMap(minute => {
          const wall = day * DAY + (hour * 60 + minute) * MINUTE;
          return zone.times(wall, offsets, isHourly);
        })
    );
}

/** What clocks show in a time zone. */
class Zone {
  constructor(name: string) {
    this._format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    });
  }

  /** What the clocks show at a time, as if they showed UTC. */
  wall(time: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this._format.formatToParts(time)) {
      parts[type] = Number(value);
    }
    const { year, month, day, hour, minute, second } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /**
   * The times at which the clocks show something. Of one that comes twice the
   * first, or with `isHourly` both; of one that never comes the moment when it
   * would have been, or with `isHourly` none.
   */
  times(
    wall: number,
    offsets: readonly [number, number],
    isHourly: boolean
  ): number[] {
    const [before, after] = offsets.map(offset => wall - offset);
    if (before === after) {
      return [before];
    }
    const real = [before, after]
      .filter(time => this.wall(time) === wall)
      .sort((a, b) => a - b);
    if (isHourly) {
      return real;
    }
    return real.length > 0 ? [real[0]] : [before];
  }

  /** How far the clocks are ahead of UTC before a day and after it. */
  offsets(midnight: number): readonly [number, number] {
    const offset = (time: number) => this.wall(time) - time;
    return [offset(midnight - DAY), offset(midnight + 2 * DAY)];
  }

  private readonly _format: Intl.DateTimeFormat;
}
