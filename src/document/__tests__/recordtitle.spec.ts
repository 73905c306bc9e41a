import { nullTranslator } from '@jupyterlab/translation';

import type { NodeRun, Run } from '../../model/run';
import { formatClock } from '../../ui/time';
import { recordTitle } from '../recordtitle';

const STARTED = '2026-11-25T14:02:00Z';
const CLOCK = formatClock(Date.parse(STARTED));
const named = (label: string | null, attempts = 1) =>
  ({ label, attempts }) as NodeRun;
const run: Pick<Run, 'nodes' | 'started' | 'created'> = {
  created: STARTED,
  started: null,
  nodes: {
    train: named('Train'),
    again: named(null, 2),
    odd: named('a\nb\u202e')
  }
};
const title = (path: string) =>
  recordTitle(run, path, nullTranslator.load('mlops_ext'));

describe('the title of what a run made', () => {
  it.each([
    ['r/train/1/notebook.ipynb', `Train (${CLOCK})`],
    ['r/train/1/log.txt', `Log of Train (${CLOCK})`],
    ['r/again/2/notebook.ipynb', `again (${CLOCK}, attempt 2)`]
  ])('%s is %s', (path, expected) => {
    expect(title(path)).toBe(expected);
  });

  it('is one line in which nothing hides', () => {
    expect(title('r/odd/1/notebook.ipynb')).toMatch(/^a b.*U\+202E/);
  });

  it.each([
    'r/train/1/outputs/plot.png',
    'r/train/1/outputs/log.txt',
    'r/gone/1/notebook.ipynb',
    'r'
  ])('%s keeps its own', path => {
    expect(title(path)).toBeNull();
  });
});
