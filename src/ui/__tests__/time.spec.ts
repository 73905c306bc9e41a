import { nullTranslator } from '@jupyterlab/translation';
import * as fc from 'fast-check';

import {
  durationOf,
  elapsed,
  formatDuration,
  formatRelative,
  parseTime
} from '../time';

const trans = nullTranslator.load('mlops_ext');

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [0.01, '< 0.1 s'],
    [1.24, '1.2 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [65, '1 min 05 s'],
    [3599.7, '1 h 00 min'],
    [3725, '1 h 02 min'],
    [100_000, '1 d 03 h'],
    [-3, '0.0 s'],
    [NaN, '']
  ])('%p → %p', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('has no tenths while it ticks', () => {
    expect(formatDuration(3.7, { live: true })).toBe('3 s');
    expect(formatDuration(59.9, { live: true })).toBe('59 s');
  });

  it('has at most two units, and never 60 of one', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), seconds => {
        const text = formatDuration(seconds);
        expect(text.split(' ').length).toBeLessThanOrEqual(4);
        expect(text).not.toMatch(/\b60 (s|min)/);
      })
    );
  });
});

describe('elapsed', () => {
  const started = '2026-11-23T10:00:00.000Z';
  const now = Date.parse(started) + 5000;

  it('counts what runs from its beginning, and never below zero', () => {
    const running = { state: 'running', seconds: null, started };
    expect(elapsed(running, now)).toBe(5);
    expect(elapsed(running, now - 60_000)).toBe(0);
    expect(durationOf(running, now)).toBe('5 s');
  });

  it('takes what ended as it was recorded', () => {
    expect(durationOf({ state: 'failed', seconds: 2.5, started }, now)).toBe(
      '2.5 s'
    );
    expect(durationOf({ state: 'queued', seconds: null }, now)).toBe('');
    expect(
      durationOf({ state: 'succeeded', seconds: 0, reused: true }, now)
    ).toBe('');
  });
});

describe('formatRelative', () => {
  const now = new Date(2026, 10, 25, 15, 0).getTime();
  const minutes = (count: number) => now - count * 60_000;

  it.each([
    [minutes(-3), 'just now'],
    [minutes(0.5), 'just now'],
    [minutes(5), '5 min ago'],
    [minutes(59.9), '59 min ago'],
    [minutes(180), '3 h ago'],
    [minutes(14 * 60), '14 h ago'],
    [new Date(2026, 10, 24, 14, 2).getTime(), 'yesterday 14:02'],
    [new Date(2026, 10, 23, 14, 2).getTime(), 'Mon 14:02'],
    [new Date(2026, 10, 12, 14, 2).getTime(), '12 Nov'],
    [new Date(2025, 10, 12, 14, 2).getTime(), '12 Nov 2025']
  ])('%p → %p', (time, text) => {
    expect(formatRelative(time, now, trans, 'en-GB')).toBe(text);
  });

  it('speaks of the day before shortly after midnight as it is said', () => {
    const late = new Date(2026, 10, 25, 1, 0).getTime();
    expect(formatRelative(late - 3 * 3_600_000, late, trans, 'en-GB')).toBe(
      '3 h ago'
    );
  });
});

describe('parseTime', () => {
  it('is null for what is no time', () => {
    expect(parseTime(null)).toBeNull();
    expect(parseTime('yesterday')).toBeNull();
    expect(parseTime('2026-11-23T10:00:00.000Z')).toBe(1795428000000);
  });
});
