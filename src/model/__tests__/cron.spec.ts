/** When schedules are due: the next times, time zones, and what is no cron. */
import * as fc from 'fast-check';

import { cronProblem, isTimeZone, nextTimes } from '../cron';

const at = (text: string) => Date.parse(text);
const next = (cron: string, from: string, zone = 'UTC', count = 3) =>
  nextTimes(cron, zone, at(from), count).map(time =>
    new Date(time).toISOString().slice(0, 16)
  );

describe('nextTimes', () => {
  it('counts hours, minutes, steps, lists and names', () => {
    const from = '2026-11-25T10:00:00Z';
    expect(next('0 6 * * *', from)).toEqual([
      '2026-11-26T06:00',
      '2026-11-27T06:00',
      '2026-11-28T06:00'
    ]);
    expect(next('*/20 * * * *', from)).toEqual([
      '2026-11-25T10:20',
      '2026-11-25T10:40',
      '2026-11-25T11:00'
    ]);
    expect(next('50/5 23 * * *', from, 'UTC', 2)).toEqual([
      '2026-11-25T23:50',
      '2026-11-25T23:55'
    ]);
    expect(next('0 8,20 * * mon-fri', '2026-11-27T09:00:00Z')).toEqual([
      '2026-11-27T20:00',
      '2026-11-30T08:00',
      '2026-11-30T20:00'
    ]);
    expect(next('0 0 29 FEB *', from, 'UTC', 1)).toEqual(['2028-02-29T00:00']);
    expect(next('0 0 31 2 *', from)).toEqual([]);
  });

  it('takes either of two kinds of days, and seven as Sunday', () => {
    expect(next('0 0 1 * 7', '2026-11-25T10:00:00Z')).toEqual([
      '2026-11-29T00:00',
      '2026-12-01T00:00',
      '2026-12-06T00:00'
    ]);
    expect(next('0 0 * * 5-7', '2026-11-25T10:00:00Z')).toEqual([
      '2026-11-27T00:00',
      '2026-11-28T00:00',
      '2026-11-29T00:00'
    ]);
  });

  it('keeps the time of the clock where the clocks change', () => {
    const zone = 'Europe/Berlin';
    expect(next('30 6 * * *', '2026-10-24T00:00:00Z', zone)).toEqual([
      '2026-10-24T04:30',
      '2026-10-25T05:30',
      '2026-10-26T05:30'
    ]);
    // 02:30 comes twice in October, and not at all in March.
    expect(next('30 2 * * *', '2026-10-24T12:00:00Z', zone, 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30'
    ]);
    expect(next('30 2 * * *', '2026-03-28T12:00:00Z', zone, 2)).toEqual([
      '2026-03-29T01:30',
      '2026-03-30T00:30'
    ]);
    // Each hour is an hour, whatever the clocks show.
    expect(next('0 * * * *', '2026-10-24T23:30:00Z', zone)).toEqual([
      '2026-10-25T00:00',
      '2026-10-25T01:00',
      '2026-10-25T02:00'
    ]);
  });

  it('knows zones far from here', () => {
    expect(
      next('0 0 * * *', '2026-11-25T09:30:00Z', 'Pacific/Kiritimati', 1)
    ).toEqual(['2026-11-25T10:00']);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
    expect(next('0 0 * * *', '2026-11-25T09:30:00Z', 'Mars/Olympus')).toEqual(
      []
    );
  });

  it('answers later times, each once, in order', () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 1, max: 12 }).map(step => `*/${step}`)
      );
    const crons = fc
      .tuple(
        field(0, 59),
        field(0, 23),
        field(1, 28),
        field(1, 12),
        field(0, 7)
      )
      .map(fields => fields.join(' '));
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York');
    const times = fc.integer({ min: at('2026-01-01'), max: at('2027-01-01') });
    fc.assert(
      fc.property(crons, zones, times, (cron, zone, from) => {
        const found = nextTimes(cron, zone, from, 3);
        expect(found).toHaveLength(3);
        expect([...new Set(found)].sort((a, b) => a - b)).toEqual(found);
        expect(found[0]).toBeGreaterThan(from);
        // From one of them on the rest is the same.
        expect(nextTimes(cron, zone, found[0], 2)).toEqual(found.slice(1));
      }),
      { numRuns: 60 }
    );
  });
});

describe('cronProblem', () => {
  it('takes what the runtimes take', () => {
    for (const cron of [
      '* * * * *',
      '5-10/2 0 1,15 jan-mar SUN',
      '0 0 * * 7'
    ]) {
      expect(cronProblem(cron)).toBeNull();
    }
  });

  it('names the field that is wrong', () => {
    expect(cronProblem('0 6 * *')).toEqual({ kind: 'count' });
    expect(cronProblem('@daily')).toEqual({ kind: 'count' });
    const wrong: [string, string, string][] = [
      ['60 6 * * *', 'minute', '60'],
      ['0 24 * * *', 'hour', '24'],
      ['0 6 0 * *', 'day', '0'],
      ['0 6 * 13 *', 'month', '13'],
      ['0 6 * * 8', 'weekday', '8'],
      ['0 9-6 * * *', 'hour', '9-6'],
      ['0 */0 * * *', 'hour', '*/0'],
      ['0 6 * abc *', 'month', 'abc'],
      ['0 6 * * #', 'weekday', '#']
    ];
    for (const [cron, field, text] of wrong) {
      expect(cronProblem(cron)).toEqual({ kind: 'field', field, text });
    }
  });
});
