/** The schedules that one can choose without writing cron, and their cron. */
import { cronProblem } from '../model/cron';

export const REPEATS = ['hour', 'day', 'workday', 'week', 'month'] as const;
export type Repeat = (typeof REPEATS)[number];

export type Rhythm = {
  readonly repeat: Repeat;
  readonly minute: number;
  readonly hour: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly day: number;
};

const FORMS: readonly [Repeat, RegExp][] = [
  ['hour', /^(\d{1,2}) \* \* \* \*$/],
  ['day', /^(\d{1,2}) (\d{1,2}) \* \* \*$/],
  ['workday', /^(\d{1,2}) (\d{1,2}) \* \* (?:1-5|mon-fri)$/i],
  ['week', /^(\d{1,2}) (\d{1,2}) \* \* (\d)$/],
  ['month', /^(\d{1,2}) (\d{1,2}) (\d{1,2}) \* \*$/]
];

/** The choice that an expression is; null where it is none of them. */
export function rhythmOf(cron: string): Rhythm | null {
  if (cronProblem(cron) !== null) {
    return null;
  }
  for (const [repeat, form] of FORMS) {
    const match = form.exec(cron);
    if (match) {
      const [minute, hour = 0, third = 1] = match.slice(1).map(Number);
      const isWeek = repeat === 'week';
      const isMonth = repeat === 'month';
      return {
        repeat,
        minute,
        hour,
        weekday: isWeek ? third % 7 : 1,
        day: isMonth ? third : 1
      };
    }
  }
  return null;
}

export function cronOf({ repeat, minute, hour, weekday, day }: Rhythm): string {
  switch (repeat) {
    case 'hour':
      return `${minute} * * * *`;
    case 'day':
      return `${minute} ${hour} * * *`;
    case 'workday':
      return `${minute} ${hour} * * 1-5`;
    case 'week':
      return `${minute} ${hour} * * ${weekday}`;
    case 'month':
      return `${minute} ${hour} ${day} * *`;
  }
}
