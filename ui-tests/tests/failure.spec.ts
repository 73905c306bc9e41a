/** What happens when a notebook fails, or a person stops it: told at once, where it is, with a way on. */
import { readFile } from 'node:fs/promises';

import { expect, test } from './fixtures';

import {
  command,
  expectState,
  lastRun,
  node,
  notebook,
  open,
  pictures,
  pipeline,
  textOf,
  tool,
  upload
} from './hand';

const NODE = (path: string) => ({ type: 'notebook', path });
const LONG = Array.from({ length: 40 }, (_, line) => `# line ${line}`);

test('a failing node shows its traceback, and can be run again', async ({
  page,
  tmpPath
}) => {
  const broken = notebook(
    [...LONG, 'row = {"name": "Ada"}'].join('\n'),
    [...LONG, 'print("before")'].join('\n'),
    'row["age"]',
    'print("never")'
  );
  await upload(page, tmpPath, {
    'train.ipynb': broken,
    'report.ipynb': notebook('print("report")'),
    'side.ipynb': notebook('print("side")'),
    'fail.pipeline': pipeline(
      {
        report: NODE('report.ipynb'),
        side: NODE('side.ipynb'),
        train: { ...NODE('train.ipynb'), label: 'Train' }
      },
      [{ from: 'train', to: 'report' }]
    )
  });
  const path = `${tmpPath}/fail.pipeline`;
  await open(page, path);
  await tool(page, 'Run').click();
  await expectState(page, 'train', 'failed');

  // At once, before the other branch ends: its log with the traceback, and the node is selected.
  const drawer = page.locator('.mlops-Drawer:visible');
  await expect(
    drawer.getByRole('tab', { name: 'Log of Train' })
  ).toHaveAttribute('aria-selected', 'true');
  await expect(drawer.locator('.mlops-Log')).toContainText("KeyError: 'age'");
  await expect(drawer.locator('.mlops-Log')).toContainText('before');
  await expect(node(page, 'train')).toHaveClass(/\bselected\b/);
  await expect(node(page, 'train')).toContainText('failed in cell 3');
  await expectState(page, 'report', 'skipped');
  await expect(node(page, 'report')).toContainText('skipped: upstream');
  await expectState(page, 'side', 'succeeded');
  await pictures(page, 'failed');

  // The source is as it was; the executed notebook is read-only, at the failing cell, without a kernel.
  expect(await textOf(page, `${tmpPath}/train.ipynb`)).toBe(broken);
  const run = await lastRun(page, path);
  await drawer.getByRole('button', { name: 'Open executed notebook' }).click();
  const panel = page.locator('.jp-NotebookPanel:visible');
  await expect(
    page.locator('.lm-DockPanel .lm-TabBar-tab.lm-mod-current.jp-mod-current')
  ).toHaveText(/^Train \(\d+:\d+.*\)$/);
  const traceback = panel.locator('.jp-OutputArea-output', {
    hasText: "KeyError: 'age'"
  });
  await expect(traceback).toBeVisible();
  await expect(traceback.first()).toBeInViewport();
  await expect(panel.getByText('row["age"]').first()).toBeInViewport();
  await expect(panel.locator('.jp-Notebook-ExecutionIndicator')).not.toHaveAttribute('data-status', 'busy');
  expect(
    await page.evaluate(() => {
      const widget = window.jupyterapp.shell.currentWidget as unknown as {
        context: {
          contentsModel: { writable: boolean };
          sessionContext: { session: object | null };
        };
      };
      const { contentsModel, sessionContext } = widget.context;
      return [contentsModel.writable, sessionContext.session];
    })
  ).toEqual([false, null]);
  await pictures(page, 'failed-notebook');

  // As a page for others: a file to keep, never one that the server's address shows.
  const answer = await page.evaluate(async run => {
    const base = document.location.pathname.replace(/lab([/?].*)?$/, '');
    const { headers } = await fetch(`${base}mlops/runs/${run}/nodes/train/html`);
    return [headers.get('content-disposition'), headers.get('content-security-policy')];
  }, run);
  expect(answer[0]).toMatch(/^attachment/);
  expect(answer[1]).toContain('sandbox');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    command(page, 'mlops:download-html', { run, node: 'train' })
  ]);
  expect(download.suggestedFilename()).toBe('train.html');
  expect(await readFile(await download.path(), 'utf8')).toContain('KeyError');

  // The person mends the notebook and runs again.
  await upload(page, tmpPath, {
    'train.ipynb': broken.replace('row[\\"age\\"]', 'row[\\"name\\"]')
  });
  await open(page, path);
  await tool(page, 'Run').click();
  for (const id of ['train', 'report', 'side']) {
    await expectState(page, id, 'succeeded');
  }
  await expect(drawer.locator('.mlops-Drawer-bar')).toContainText('succeeded', {
    ignoreCase: true
  });
});

test('stop ends a run that would go on for long', async ({ page, tmpPath }) => {
  await upload(page, tmpPath, {
    'sleep.ipynb': notebook('import time\ntime.sleep(0.5)', 'import time\ntime.sleep(3600)'),
    'after.ipynb': notebook('1'),
    'stop.pipeline': pipeline(
      { after: NODE('after.ipynb'), sleep: NODE('sleep.ipynb') },
      [{ from: 'sleep', to: 'after' }]
    )
  });
  await open(page, `${tmpPath}/stop.pipeline`);
  const stop = tool(page, 'Stop the run of this pipeline');
  await expect(stop).toBeDisabled();
  await tool(page, 'Run').click();
  await expect(node(page, 'sleep')).toContainText('cell 2 of 2', {
    timeout: 60000
  });
  await pictures(page, 'sleeping');
  await stop.click();
  await expectState(page, 'sleep', 'cancelled', 15000);
  await expectState(page, 'after', 'cancelled', 5000);
  await expect(page.locator('.mlops-Drawer-bar:visible')).toContainText('Cancelled', {
    ignoreCase: true
  });
  await expect(stop).toBeDisabled();
  await pictures(page, 'stopped');
});
