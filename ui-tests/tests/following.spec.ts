/** Runs are seen wherever one looks: in another window, started by the command line, and long after. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect, test } from './fixtures';

import {
  ask,
  command,
  expectState,
  lastRun,
  node,
  notebook,
  open,
  pictures,
  pipeline,
  secondWindow,
  tool,
  upload
} from './hand';

type Page = IJupyterLabPageFixture;

const execute = promisify(execFile);

/** A notebook that waits for a file, so that a test says how long it runs. */
const WAITING = notebook(
  'import pathlib, time',
  'while not pathlib.Path("go.txt").exists():\n    time.sleep(0.1)',
  ['results', 'answer = 42']
);

const WAIT = pipeline({ wait: { type: 'notebook', path: 'wait.ipynb' } });

const row = (page: Page, run: string) =>
  page.locator(`[data-mlops-run="${run}"]:visible`);

test('two windows and the command line see the same run', async ({
  page,
  tmpPath,
  browser,
  baseURL
}) => {
  const path = `${tmpPath}/wait.pipeline`;
  await upload(page, tmpPath, { 'wait.ipynb': WAITING, 'wait.pipeline': WAIT });
  await open(page, path);
  const other = await secondWindow({ browser, baseURL, tmpPath });
  await command(other, 'docmanager:open', { path });
  await expect(node(other, 'wait')).toBeVisible();

  await tool(page, 'Run').click();
  await expectState(page, 'wait', 'running');
  await expectState(other, 'wait', 'running', 15000);
  const run = await lastRun(page, path);
  await command(other, 'mlops:show-runs');
  await expect(row(other, run)).toHaveAttribute('data-state', 'running');
  await upload(page, tmpPath, { 'go.txt': 'go' });
  await expectState(page, 'wait', 'succeeded');
  await expectState(other, 'wait', 'succeeded', 15000);
  await expect(row(other, run)).toHaveAttribute('data-state', 'succeeded');

  // A run of the command line comes to both by itself.
  const root = await page.evaluate(() => {
    const config = document.getElementById('jupyter-config-data');
    return JSON.parse(config?.textContent ?? '{}').serverRoot as string;
  });
  const { stdout } = await execute(
    'mlops',
    ['run', join(root, path), '--json', '--detach'],
    { cwd: root }
  );
  const { id } = JSON.parse(stdout) as { id: string };
  expect(id).not.toBe(run);
  await expect(row(other, id)).toBeVisible();
  await expect(row(other, id)).toHaveAttribute('data-state', 'succeeded', {
    timeout: 60000
  });
  expect(await lastRun(page, path)).toBe(id);
  await other.context().close();
});

test('the history can be filtered, looked at on the canvas, and deleted', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'good.ipynb': notebook(['parameters', 'n = 1'], 'print(n)'),
    'bad.ipynb': notebook('1 / 0'),
    'good.pipeline': pipeline({ good: { type: 'notebook', path: 'good.ipynb' } }),
    'bad.pipeline': pipeline({ bad: { type: 'notebook', path: 'bad.ipynb' } })
  });
  const runs: string[] = [];
  for (const [name, state] of [
    ['good', 'succeeded'],
    ['bad', 'failed']
  ]) {
    await open(page, `${tmpPath}/${name}.pipeline`);
    await tool(page, 'Run').click();
    await expectState(page, name, state);
    runs.push(await lastRun(page, `${tmpPath}/${name}.pipeline`));
  }
  const [good, bad] = runs;
  await command(page, 'mlops:show-runs');
  await expect(row(page, good)).toHaveAttribute('data-state', 'succeeded');
  await expect(row(page, bad)).toHaveAttribute('data-state', 'failed');

  const filters = page.locator('.mlops-Runs-filters');
  await filters.getByLabel('State').selectOption('failed');
  await expect(row(page, good)).toHaveCount(0);
  await expect(row(page, bad)).toBeVisible();
  await filters.getByLabel('State').selectOption('');
  await filters.getByLabel('Pipeline').selectOption(`${tmpPath}/good.pipeline`);
  await expect(row(page, bad)).toHaveCount(0);
  await expect(row(page, good)).toBeVisible();
  await filters.getByLabel('Pipeline').selectOption('');
  await pictures(page, 'history');

  // The pipeline as it was then, though a node was added since.
  await upload(page, tmpPath, {
    'good.pipeline': pipeline({
      good: { type: 'notebook', path: 'good.ipynb' },
      more: { type: 'notebook', path: 'good.ipynb' }
    })
  });
  await row(page, good).hover();
  await row(page, good)
    .getByRole('button', { name: 'Show on canvas' })
    .first()
    .click();
  const past = page.locator('.mlops-PastRun:visible');
  await expect(past.locator('.mlops-Band')).toContainText('succeeded after');
  await expect(past.locator('[data-mlops-node]')).toHaveCount(1);
  await expectState(page, 'good', 'succeeded');
  await node(page, 'good').click();
  await page.keyboard.press('Delete');
  await expect(past.locator('[data-mlops-node]')).toHaveCount(1);
  await pictures(page, 'past-run');

  await row(page, good).hover();
  await row(page, good).getByRole('button', { name: 'Delete' }).first().click();
  await page.locator('.jp-Dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(row(page, good)).toHaveCount(0);
  await expect(row(page, bad)).toBeVisible();
  const { runs: left } = await ask<{ runs: { id: string }[] }>(page, 'runs');
  expect(left.map(({ id }) => id)).not.toContain(good);
});

test('a run asks for what it needs, and can run in a folder of its own', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/asks.pipeline`;
  await upload(page, tmpPath, {
    'asks.ipynb': notebook(
      ['parameters', 'rows = 1'],
      'open("made.txt", "w").write("x" * rows)',
      ['results', 'given = rows']
    ),
    'asks.pipeline': pipeline(
      {
        asks: {
          type: 'notebook',
          path: 'asks.ipynb',
          parameters: { rows: { from: 'parameters.rows' } },
          outputs: ['made.txt']
        }
      },
      [],
      { parameters: { rows: { type: 'integer' } } }
    )
  });
  await open(page, path);
  await tool(page, 'Run').click();
  const dialog = page.locator('.jp-Dialog');
  const rows = dialog.getByLabel('rows');
  const start = dialog.getByRole('button', { name: 'Run', exact: true });
  await expect(rows).toBeFocused();
  await expect(dialog).toContainText('a value is needed');
  await rows.fill('many');
  await expect(rows).toHaveAttribute('aria-invalid', 'true');
  await rows.fill('5');
  await expect(rows).toHaveAttribute('aria-invalid', 'false');
  await dialog.getByLabel('Folder').selectOption('isolated');
  await expect(dialog).toContainText('1 node will run');
  await pictures(page, 'run-dialog');
  await start.click();
  await expectState(page, 'asks', 'succeeded');

  const run = await ask<{
    mode: string;
    parameters: object;
    nodes: { asks: { results: object; outputs: object } };
  }>(page, `runs/${await lastRun(page, path)}`);
  expect(run).toMatchObject({
    mode: 'isolated',
    parameters: { rows: 5 },
    nodes: { asks: { results: { given: 5 }, outputs: { 'made.txt': { bytes: 5 } } } }
  });
});
