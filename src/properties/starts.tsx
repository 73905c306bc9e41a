/** How often and when a schedule starts: chosen, without writing cron. */
import React from 'react';

import type { Schedule } from '../model/document';
import { Field } from './field';
import { useForm } from './form';
import { Select } from './inputs';
import { cronOf, REPEATS, rhythmOf } from './repeat';
import type { Repeat, Rhythm } from './repeat';

/** What each part of the editor is given: what holds, and how to change it. */
export type SchedulePart = {
  schedule: Schedule;
  change: (next: Partial<Schedule>) => void;
};

const OTHER = 'other';

/** What a rhythm begins with where the expression says none of it. */
const USUAL: Rhythm = { repeat: 'day', minute: 0, hour: 6, weekday: 1, day: 1 };

/** The usual rhythms as choices; another one is written as cron. */
export function Starts({ schedule, change }: SchedulePart): React.JSX.Element {
  const { trans, readOnly } = useForm();
  const rhythm = rhythmOf(schedule.cron);
  const words: Record<Repeat, string> = {
    hour: trans.__('Every hour'),
    day: trans.__('Every day'),
    workday: trans.__('Monday to Friday'),
    week: trans.__('Every week'),
    month: trans.__('Every month')
  };
  const set = (next: Partial<Rhythm>) =>
    change({ cron: cronOf({ ...(rhythm ?? USUAL), ...next }) });
  return (
    <Field label={trans.__('Starts')} pointers={[]}>
      {ties => (
        <>
          <Select
            ties={ties}
            disabled={readOnly}
            value={rhythm?.repeat ?? OTHER}
            onChange={repeat => set({ repeat: repeat as Repeat })}
            choices={[
              ...REPEATS.map(value => ({ value, label: words[value] })),
              ...(rhythm
                ? []
                : [{ value: OTHER, label: trans.__('As the cron below says') }])
            ]}
          />
          {rhythm && <When rhythm={rhythm} set={set} />}
        </>
      )}
    </Field>
  );
}

/** On which day, and at what time. */
function When(props: {
  rhythm: Rhythm;
  set: (next: Partial<Rhythm>) => void;
}): React.JSX.Element {
  const { rhythm, set } = props;
  const { trans, readOnly } = useForm();
  const { repeat, minute, hour, weekday, day } = rhythm;
  return (
    <div className="mlops-Field-row">
      {repeat === 'week' && (
        <Select
          ties={{ 'aria-label': trans.__('Day of the week') }}
          disabled={readOnly}
          value={String(weekday)}
          onChange={value => set({ weekday: Number(value) })}
          choices={[1, 2, 3, 4, 5, 6, 0].map(value => ({
            value: String(value),
            label: weekdayName(value)
          }))}
        />
      )}
      {repeat === 'month' && (
        <Select
          ties={{ 'aria-label': trans.__('Day of the month') }}
          disabled={readOnly}
          value={String(day)}
          onChange={value => set({ day: Number(value) })}
          choices={count(1, 31).map(value => ({
            value: String(value),
            label: trans.__('day %1', value)
          }))}
        />
      )}
      {repeat === 'hour' ? (
        <Select
          ties={{ 'aria-label': trans.__('Minute of the hour') }}
          disabled={readOnly}
          value={String(minute)}
          onChange={value => set({ minute: Number(value) })}
          choices={count(0, 59).map(value => ({
            value: String(value),
            label: trans.__('at minute %1', value)
          }))}
        />
      ) : (
        <input
          type="time"
          className="jp-mod-styled mlops-Input mlops-mod-number"
          aria-label={trans.__('Time of day')}
          disabled={readOnly}
          value={`${two(hour)}:${two(minute)}`}
          onChange={event => {
            // While it is typed, half a time is none.
            const [hour, minute] = event.target.value.split(':').map(Number);
            if (Number.isInteger(hour) && Number.isInteger(minute)) {
              set({ hour, minute });
            }
          }}
        />
      )}
    </div>
  );
}

function weekdayName(weekday: number): string {
  // The first of January 2023 was a Sunday.
  const date = new Date(Date.UTC(2023, 0, 1 + weekday));
  const form = { weekday: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(undefined, form).format(date);
}

function count(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
