/** What a screen reader is told, what axe finds, and who asked for little motion or has a finger for a mouse. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { violations } from './axe';
import { expect, test } from './fixtures';

import {
  command,
  expectState,
  node,
  notebook,
  open,
  pipeline,
  upload
} from './hand';

type Page = IJupyterLabPageFixture;

const TWO = pipeline(
  {
    load: { type: 'notebook', path: 'load.ipynb', label: 'Load data' },
    lost: { type: 'notebook', path: 'lost.ipynb' }
  },
  [{ from: 'load', to: 'lost', when: { result: 'auc', op: '>=', value: 0.8 } }],
  {
    comments: { why: { text: 'Runs **weekly**', nodes: ['load'] } },
    layout: { load: [0, 0], lost: [280, 0], why: [0, 96, 200, 60] }
  }
);

test('nodes, edges, toolbar and panels say what they are', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'load.ipynb': notebook('1'),
    'two.pipeline': TWO
  });
  await open(page, `${tmpPath}/two.pipeline`);
  const shell = page.locator('.mlops-Pipeline:visible');
  await expect(
    shell.getByRole('group', { name: 'Load data, Notebook, Not run yet' })
  ).toBeVisible();
  await expect(
    shell.getByRole('group', { name: 'lost, Notebook, Not run yet, 1 problem' })
  ).toBeVisible();
  await expect(
    shell.getByRole('group', {
      name: 'Edge from Load data to lost if auc ≥ 0.8'
    })
  ).toHaveCount(1);
  await expect(
    shell.getByRole('group', { name: /^Comment: Runs/ })
  ).toBeVisible();
  for (const name of ['Palette', 'Properties']) {
    await expect(shell.getByRole('complementary', { name })).toBeVisible();
  }
  await expect(
    shell.getByRole('region', { name: 'Problems and runs' })
  ).toBeVisible();
  await expect(shell.getByRole('tab')).toHaveText([
    /^Problems/,
    'Run',
    'Log',
    'Results'
  ]);
  for (const name of ['Zoom in', 'Zoom out', 'Show everything']) {
    await expect(shell.getByRole('button', { name })).toBeVisible();
  }
  // A button without a name is none.
  const buttons = await shell.getByRole('button').all();
  expect(buttons.length).toBeGreaterThan(15);
  for (const button of buttons) {
    await expect(button).toHaveAccessibleName(/\S/);
  }
});

test('axe finds nothing serious, light and dark', async ({ page, tmpPath }) => {
  await upload(page, tmpPath, {
    'load.ipynb': notebook(['parameters', 'rows: int = 3'], '1'),
    'fail.py': 'raise KeyError("age")\n',
    'two.pipeline': TWO,
    'run.pipeline': pipeline(
      {
        load: { type: 'notebook', path: 'load.ipynb' },
        fail: { type: 'script', path: 'fail.py' }
      },
      [{ from: 'load', to: 'fail' }]
    )
  });
  await open(page, `${tmpPath}/two.pipeline`);
  await node(page, 'load').click();
  await expect(page.locator('[data-mlops-field*="/rows"]')).toBeVisible();
  await page.getByRole('tab', { name: /^Problems/ }).click();
  expect(await violations(page)).toEqual([]);
  await page.theme.setDarkTheme();
  expect(await violations(page)).toEqual([]);

  await open(page, `${tmpPath}/run.pipeline`);
  await command(page, 'mlops:run');
  await expectState(page, 'fail', 'failed');
  await command(page, 'mlops:show-runs');
  await expect(page.locator('[data-mlops-run]:visible').first()).toBeVisible();
  for (const setTheme of ['setDarkTheme', 'setLightTheme'] as const) {
    await page.theme[setTheme]();
    for (const tab of ['Log of fail', 'Results', 'Run']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      expect(await violations(page)).toEqual([]);
    }
  }
});

test('nothing moves for who asked for no motion', async ({ page, tmpPath }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await upload(page, tmpPath, {
    'slow.sh': 'sleep 6\n',
    'run.pipeline': pipeline(
      {
        first: { type: 'script', path: 'slow.sh' },
        next: { type: 'script', path: 'slow.sh' }
      },
      [{ from: 'first', to: 'next' }]
    )
  });
  await open(page, `${tmpPath}/run.pipeline`);
  await command(page, 'mlops:run');
  await expectState(page, 'next', 'running');
  const moving = await page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState, effect }) => {
        const target = (effect as KeyframeEffect).target;
        return playState === 'running' && target?.closest('.mlops-Pipeline');
      })
      .map(animation => (animation as CSSAnimation).animationName ?? 'transition')
  );
  expect(moving).toEqual([]);
  await command(page, 'mlops:cancel');
});
