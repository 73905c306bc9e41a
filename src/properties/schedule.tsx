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
import { TextInput } from './inputs';
import { issuesAt } from './issues';
import { ScheduledParameters } from './scheduled';
import { Starts } from './starts';
import type { SchedulePart } from './starts';

const MINUTE = 60_000;

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

function Editor({ schedule }: { schedule: Schedule }): React.JSX.Element {
  const { onAction } = useForm();
  const change = (next: Partial<Schedule>) =>
    onAction({ type: 'set-schedule', value: { ...schedule, ...next } });
  const part = { schedule, change };
  return (
    <>
      <Starts {...part} />
      <Cron {...part} />
      <TimeZone {...part} />
      <Meaning schedule={schedule} />
      <ScheduledParameters {...part} />
    </>
  );
}

function Cron({ schedule, change }: SchedulePart): React.JSX.Element {
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

function TimeZone({ schedule, change }: SchedulePart): React.JSX.Element {
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
