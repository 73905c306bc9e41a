/**
 * When the pipeline starts by itself: chosen, or written as cron; what that
 * means in words and in the next times; and with which parameters. The file
 * says when; where the schedule is switched on is told below.
 */
import { addIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { cronProblem, isTimeZone, nextTimes } from '../model/cron';
import type { Schedule } from '../model/document';
import { cronSentence, scheduleWords } from '../ui/schedule';
import { safeLine } from '../ui/safetext';
import { formatMoment, useNow } from '../ui/time';
import { useDraft } from './draft';
import { Field } from './field';
import { useForm } from './form';
import { Group } from './group';
import { Select, TextInput } from './inputs';
import { issuesAt } from './issues';
import { cronOf, REPEATS, rhythmOf } from './repeat';
import type { Repeat, Rhythm } from './repeat';
import { ScheduledParameters } from './scheduled';

const MINUTE = 60_000;
const OTHER = 'other';

/** What one begins with: it can be taken back, and is on nowhere yet. */
function firstSchedule(): Schedule {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { cron: '0 6 * * *', timezone: timezone || 'UTC' };
}

export function ScheduleGroup(): React.JSX.Element | null {
  const { document, trans, readOnly, issues, onAction, schedules } = useForm();
  const { schedule } = document;
  const here = issuesAt(issues, ['/schedule']);
  if (!schedule && readOnly) {
    return null;
  }
  return (
    <Group
      name="schedule"
      title={trans.__('Schedule')}
      hint={
        schedule
          ? scheduleWords(schedule, trans)
          : trans.__('When it should start by itself.')
      }
      severity={here.length > 0 ? here[0].severity : null}
      isOpenAtFirst={schedule !== undefined}
    >
      <div data-mlops-field="/schedule">
        {schedule ? (
          <>
            <Editor schedule={schedule} />
            {schedules}
            {!readOnly && (
              <button
                type="button"
                className="mlops-Link mlops-Schedule-remove"
                onClick={() =>
                  onAction({ type: 'set-schedule', value: undefined })
                }
              >
                {trans.__('Remove the schedule')}
              </button>
            )}
          </>
        ) : (
          <button
            type="button"
            className="mlops-Field-add"
            onClick={() =>
              onAction({ type: 'set-schedule', value: firstSchedule() })
            }
          >
            <addIcon.react tag="span" elementSize="small" />
            {trans.__('Add a schedule')}
          </button>
        )}
      </div>
    </Group>
  );
}

type PartProps = {
  schedule: Schedule;
  change: (next: Partial<Schedule>) => void;
};

function Editor({ schedule }: { schedule: Schedule }): React.JSX.Element {
  const { onAction } = useForm();
  const change = (next: Partial<Schedule>) =>
    onAction({ type: 'set-schedule', value: { ...schedule, ...next } });
  const part = { schedule, change };
  return (
    <>
      <Repeats {...part} />
      <Cron {...part} />
      <TimeZone {...part} />
      <Meaning schedule={schedule} />
      <ScheduledParameters {...part} />
    </>
  );
}

/** The usual rhythms as choices; another one is written as cron. */
function Repeats({ schedule, change }: PartProps): React.JSX.Element {
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

const USUAL: Rhythm = { repeat: 'day', minute: 0, hour: 6, weekday: 1, day: 1 };

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

function Cron({ schedule, change }: PartProps): React.JSX.Element {
  const { trans, readOnly } = useForm();
  const draft = useDraft<string>({
    text: schedule.cron,
    read: text => {
      const cron = text.trim().split(/\s+/).join(' ');
      const problem = cronProblem(cron);
      return problem === null
        ? { value: cron }
        : { error: cronSentence(problem, trans) };
    },
    commit: (cron = schedule.cron) => change({ cron })
  });
  return (
    <Field
      label={trans.__('Cron')}
      description={trans.__(
        'Minute, hour, day of the month, month and day of the week'
      )}
      pointers={['/schedule/cron']}
      error={draft.error}
    >
      {ties => (
        <TextInput
          ties={ties}
          draft={draft}
          disabled={readOnly}
          maxLength={200}
          isCode
        />
      )}
    </Field>
  );
}

function TimeZone({ schedule, change }: PartProps): React.JSX.Element {
  const { trans, readOnly } = useForm();
  const list = React.useId();
  const draft = useDraft<string>({
    text: schedule.timezone ?? '',
    read: text => {
      const name = text.trim();
      return name === '' || isTimeZone(name)
        ? { value: name || undefined }
        : {
            error: trans.__('There is no time zone “%1”.', safeLine(name, 60))
          };
    },
    commit: timezone => change({ timezone }),
    when: 'leave'
  });
  return (
    <Field
      label={trans.__('Time zone')}
      pointers={['/schedule/timezone']}
      error={draft.error}
    >
      {ties => (
        <>
          <TextInput
            ties={ties}
            draft={draft}
            disabled={readOnly}
            placeholder={UTC}
            list={list}
            maxLength={100}
          />
          <datalist id={list}>
            {timeZones().map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}

const UTC = 'UTC';

/** The expression in words, and when it is due next. */
function Meaning({ schedule }: { schedule: Schedule }): React.JSX.Element {
  const { trans } = useForm();
  const now = useNow(MINUTE);
  const zone = schedule.timezone ?? UTC;
  const times = nextTimes(schedule.cron, zone, now, 3);
  const isWrong = cronProblem(schedule.cron) !== null || !isTimeZone(zone);
  return (
    <div className="mlops-Schedule-meaning" role="status">
      <p>{scheduleWords(schedule, trans)}</p>
      {times.length > 0 ? (
        <ol aria-label={trans.__('The next times')}>
          {times.map(time => (
            <li key={time}>{formatMoment(time, zone)}</li>
          ))}
        </ol>
      ) : (
        !isWrong && <p>{trans.__('It is never due.')}</p>
      )}
    </div>
  );
}

function timeZones(): readonly string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.includes(UTC) ? zones : [UTC, ...zones];
}

function weekdayName(weekday: number): string {
  // The first of January 2023 was a Sunday.
  const date = new Date(Date.UTC(2023, 0, 1 + weekday));
  const form = { weekday: 'long', timeZone: UTC } as const;
  return new Intl.DateTimeFormat(undefined, form).format(date);
}

function count(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
