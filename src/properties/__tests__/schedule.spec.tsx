/** @jest-environment jsdom */
import { nextTimes } from '../../model/cron';
import { cronOf, REPEATS, rhythmOf } from '../repeat';
import { Desk, DOCUMENT } from './desk';

let desk: Desk;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-25T10:00:00Z') });
  desk = new Desk();
});

afterEach(() => {
  desk.dispose();
  jest.useRealTimers();
});

const schedule = () => desk.document.schedule;

describe('the schedule of a pipeline', () => {
  it('is added, chosen, and taken away, a step each', async () => {
    await desk.show();
    await desk.click('Schedule');
    await desk.click('Add a schedule');
    expect(schedule()?.cron).toBe('0 6 * * *');
    expect(schedule()?.timezone).toBeTruthy();
    desk.choose('Starts', 'week');
    expect(schedule()?.cron).toBe('0 6 * * 1');
    desk.choose('Day of the week', '5');
    desk.choose('Time of day', '18:30');
    expect(schedule()?.cron).toBe('30 18 * * 5');
    await desk.click('Remove the schedule');
    expect(desk.document).not.toHaveProperty('schedule');
    expect(desk.take().every(({ type }) => type === 'set-schedule')).toBe(true);
  });

  it('says what it means, and when it is due next', async () => {
    const document = {
      ...DOCUMENT,
      schedule: { cron: '0 6 * * 1-5', timezone: 'Europe/Berlin' }
    };
    await desk.show({ document });
    expect(desk.text).toContain('Monday to Friday at 06:00 (Europe/Berlin)');
    const items = [...desk.box.querySelectorAll('.mlops-Schedule-meaning li')];
    expect(items.map(({ textContent }) => textContent)).toEqual([
      expect.stringMatching(/Thu.*26.*6:00/),
      expect.stringMatching(/Fri.*27.*6:00/),
      expect.stringMatching(/Mon.*30.*6:00/)
    ]);
  });

  it('keeps what is no cron out of the file, and says why', async () => {
    await desk.show({
      document: { ...DOCUMENT, schedule: { cron: '0 6 * * *' } }
    });
    desk.clear('Cron');
    desk.type('Cron', '0 25 * * *');
    desk.pause();
    expect(desk.text).toContain('“25” is no hour.');
    expect(schedule()).toEqual({ cron: '0 6 * * *' });
    desk.clear('Cron');
    desk.type('Cron', '*/15 8-18 * * *');
    desk.pause();
    expect(schedule()?.cron).toBe('*/15 8-18 * * *');
    expect(desk.text).toContain('As the cron below says');
  });

  it('refuses a time zone that does not exist', async () => {
    await desk.show({
      document: { ...DOCUMENT, schedule: { cron: '0 6 * * *' } }
    });
    desk.type('Time zone', 'Mars/Olympus');
    desk.leave('Time zone');
    expect(desk.text).toContain('There is no time zone “Mars/Olympus”.');
    expect(schedule()).toEqual({ cron: '0 6 * * *' });
  });

  it('gives scheduled runs other parameters than the defaults', async () => {
    await desk.show({
      document: { ...DOCUMENT, schedule: { cron: '0 6 * * *' } }
    });
    desk.type('cutoff', '0.9');
    desk.pause();
    expect(schedule()?.parameters).toEqual({ cutoff: 0.9 });
    await desk.click('Reset');
    expect(schedule()).toEqual({ cron: '0 6 * * *' });
  });

  it('shows a schedule of a pipeline that may not be changed', async () => {
    await desk.show({
      readOnly: true,
      document: { ...DOCUMENT, schedule: { cron: '0 6 * * *' } }
    });
    expect(desk.input('Cron').disabled).toBe(true);
    expect(desk.text).not.toContain('Remove the schedule');
  });
});

describe('rhythms', () => {
  it('are read as they are written', () => {
    for (const repeat of REPEATS) {
      const cron = cronOf({ repeat, minute: 5, hour: 7, weekday: 3, day: 9 });
      expect(cronOf(rhythmOf(cron)!)).toBe(cron);
      expect(nextTimes(cron, 'UTC', Date.now(), 1)).toHaveLength(1);
    }
    expect(rhythmOf('*/5 * * * *')).toBeNull();
    expect(rhythmOf('0 6 1 1 *')).toBeNull();
  });
});
