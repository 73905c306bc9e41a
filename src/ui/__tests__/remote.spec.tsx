import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { Remote, RunState } from '../../model/run';
import {
  AirflowLink,
  canRetry,
  Submission,
  submissionOf,
  webAddress
} from '../remote';
import { scheduleWords } from '../schedule';

const trans = nullTranslator.load('mlops_ext');

function aRemote(changed: Partial<Remote> = {}): Remote {
  return {
    step: 'following',
    message: 'Running on Airflow.',
    since: null,
    url: null,
    dag_id: 'churn-1a2b',
    run_id: 'mlops__r',
    package: null,
    version: null,
    pinned: false,
    scheduled: false,
    problem: null,
    ...changed
  };
}

const aRun = (state: RunState, remote: Remote | null = null) => ({
  state,
  remote
});

describe('a run on its way', () => {
  it('is one until it has arrived or ended', () => {
    const waiting = aRemote({ step: 'waiting' });
    expect(submissionOf(aRun('queued', waiting))).toBe(waiting);
    expect(submissionOf(aRun('running', aRemote()))).toBeNull();
    expect(submissionOf(aRun('queued'))).toBeNull();
    const failed = aRun('failed', waiting);
    expect(submissionOf(failed)).toBeNull();
    expect(canRetry(failed)).toBe(true);
    expect(canRetry(aRun('failed'))).toBe(false);
  });

  it('counts the seconds, which are not read out', () => {
    const remote = aRemote({
      step: 'waiting',
      message: 'Delivered; waiting for Airflow to read it.',
      since: '2026-11-23T10:00:00.000Z'
    });
    const html = renderToStaticMarkup(
      <Submission
        remote={remote}
        clock={() => Date.parse('2026-11-23T10:00:12.400Z')}
      />
    );
    expect(html).toContain('waiting for Airflow to read it<');
    expect(html).toMatch(/aria-hidden="true"> \(12 s\)</);
  });
});

describe('a link to Airflow', () => {
  it('leads to the web only', () => {
    expect(webAddress('https://a.example.org/x')).toBe(
      'https://a.example.org/x'
    );
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'x',
      '',
      null
    ]) {
      expect(webAddress(url)).toBeNull();
    }
    const html = renderToStaticMarkup(
      <AirflowLink url="http://127.0.0.1:8080/dags/a" trans={trans} />
    );
    expect(html).toContain('rel="noopener noreferrer"');
  });
});

describe('scheduleWords', () => {
  it.each([
    ['0 6 * * *', 'Every day at 06:00 (UTC)'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['5 * * * *', 'Every hour, at minute 5'],
    ['30 7 * * 1-5', 'Monday to Friday at 07:30 (UTC)'],
    ['0 0 1 * *', 'Every month on day 1 at 00:00 (UTC)'],
    ['0 6 * * 7', 'Every Sunday at 06:00 (UTC)'],
    ['0 6,18 * 2 *', '0 6,18 * 2 *'],
    ['61 6 * * *', '61 6 * * *']
  ])('%s is "%s"', (cron, words) => {
    expect(scheduleWords({ cron }, trans)).toBe(words);
  });
});
