/** A part of a pipeline is run, what has not changed is reused, and files tell where they come from. */
import { expect, galata, test } from './fixtures';

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

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

const READ = 'rows = open("raw.csv").read().split()\nopen("clean.csv", "w").write("\\n".join(rows))';

/** Write a file as an editor of JupyterLab does. */
async function save(page: Parameters<typeof textOf>[0], path: string, content: string): Promise<void> {
  await page.evaluate(
    async ([path, content]) => {
      const { contents } = window.jupyterapp.serviceManager;
      await contents.save(path, { type: 'file', format: 'text', content });
    },
    [path, content] as const
  );
}

test('reuse what has not changed, run parts, declare what was read', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/parts.pipeline`;
  await upload(page, tmpPath, {
    'raw.csv': 'a b c',
    'clean.ipynb': notebook(READ, ['results', 'count = len(rows)']),
    'train.ipynb': notebook('print(len(open("clean.csv").read().split()))'),
    'parts.pipeline': pipeline(
      {
        clean: { type: 'notebook', path: 'clean.ipynb', outputs: ['clean.csv'] },
        train: { type: 'notebook', path: 'train.ipynb' }
      },
      [{ from: 'clean', to: 'train' }]
    )
  });
  await open(page, path);
  await tool(page, 'Run').click();
  await expectState(page, 'train', 'succeeded');

  // One node, chosen on the canvas; the other is left as it was.
  await node(page, 'train').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Run This Node' }).click();
  await expectState(page, 'clean', 'skipped');
  await expectState(page, 'train', 'succeeded');
  // Who runs one node wants to see it run, changed or not.
  await expect(node(page, 'train')).toContainText(/\d s$/);
  await expect(node(page, 'clean')).toContainText('not selected');
  await command(page, 'mlops:show-runs');
  const run = await lastRun(page, path);
  const row = page.locator(`[data-mlops-run="${run}"]:visible`);
  await expect(row).toContainText('only train');

  // What it read and does not declare, offered where one declares it.
  await node(page, 'clean').click();
  const properties = page.locator('.mlops-Properties:visible');
  await properties.getByRole('button', { name: /^Files and outputs/ }).click();
  await pictures(page, 'finds');
  await properties.getByRole('button', { name: 'Declare raw.csv' }).click();
  await expect(properties.getByLabel('Files, line 1')).toHaveValue('raw.csv');
  await expect(properties.locator('.mlops-Finds')).toHaveCount(0);

  // The states have gone with the edit; now the nodes tell what a run would do.
  for (const id of ['clean', 'train']) {
    await expect(node(page, id)).toHaveAttribute('data-state', 'idle');
    await expect(node(page, id)).toContainText('will be reused');
  }
  await pictures(page, 'planned');
  await command(page, 'docmanager:save');
  await tool(page, 'Run').click();
  for (const id of ['clean', 'train']) {
    await expectState(page, id, 'succeeded');
    await expect(node(page, id)).toContainText('reused');
  }
  await node(page, 'clean').click();
  await page.getByRole('tab', { name: /^Log/ }).click();
  await expect(page.locator('.mlops-Drawer-content')).toContainText('Not run again');
  await pictures(page, 'reused');
  await page.getByRole('button', { name: 'Show where it ran' }).click();
  await expect(page.locator('[data-mlops-run-node="clean"]:visible').first()).toBeVisible();

  // Another file: what it touches is marked before the next run, and told in its dialog.
  await save(page, `${tmpPath}/raw.csv`, 'a b c d');
  for (const id of ['clean', 'train']) {
    await expect(node(page, id)).toContainText('will run');
  }
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('mlops:run-with');
  });
  const dialog = page.locator('.jp-Dialog');
  await dialog.locator('.mlops-RunForm-plan summary').click();
  await expect(dialog.locator('[data-mlops-planned="run"]').first()).toContainText('raw.csv');
  await pictures(page, 'run-dialog-plan');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await expect.poll(() => textOf(page, `${tmpPath}/clean.csv`)).toBe('a\nb\nc\nd');
  await expect(node(page, 'train')).toContainText(/\d s$/);

  // Who made a file, and who read it.
  await command(page, 'mlops:show-lineage', { path: `${tmpPath}/clean.csv` });
  const page2 = page.locator('.mlops-Lineage:visible');
  await expect(page2).toContainText('It is as the newest of these runs left it.');
  await expect(page2.getByRole('region', { name: 'Made by' })).toContainText('clean');
  await expect(page2.getByRole('region', { name: 'Read by' })).toContainText('train');
  await pictures(page, 'lineage');
});

test('run what failed', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/failing.pipeline`;
  await upload(page, tmpPath, {
    'good.ipynb': notebook('1'),
    'bad.ipynb': notebook('open("there.txt")'),
    'failing.pipeline': pipeline({
      good: { type: 'notebook', path: 'good.ipynb' },
      bad: { type: 'notebook', path: 'bad.ipynb' }
    })
  });
  await open(page, path);
  await tool(page, 'Run').click();
  await expectState(page, 'bad', 'failed');
  await upload(page, tmpPath, { 'there.txt': 'now' });
  await command(page, 'mlops:show-runs');
  const run = await lastRun(page, path);
  const row = page.locator(`[data-mlops-run="${run}"]:visible`);
  await row.hover();
  await row.getByRole('button', { name: 'Run what failed' }).first().click();
  await expectState(page, 'bad', 'succeeded');
  await expectState(page, 'good', 'skipped');
});

test('switch a schedule on, pause it, and switch it off on this machine', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/hourly.pipeline`;
  await upload(page, tmpPath, {
    'one.ipynb': notebook('1'),
    'hourly.pipeline': pipeline({ one: { type: 'notebook', path: 'one.ipynb' } })
  });
  await open(page, path);
  const properties = page.locator('.mlops-Properties:visible');
  await properties.getByRole('button', { name: 'Schedule', exact: true }).click();
  await properties.getByRole('button', { name: 'Add a schedule' }).click();
  await properties.getByLabel('Starts').selectOption('month');
  const here = properties.locator('[data-mlops-schedule="local"]');
  await here.getByRole('button', { name: 'Switch on' }).click();
  const clock = here.getByRole('switch');
  await expect(clock).toHaveText('On');
  await expect(here).toContainText('Next: ');
  await expect(page.locator('.mlops-Toolbar-next:visible')).toContainText('Next ');
  await expect(here).toContainText('while JupyterLab');
  await properties.getByLabel('Starts').selectOption('week');
  await expect(here).toContainText('It goes by an earlier schedule there');
  await here.getByRole('button', { name: 'Bring this one there' }).click();
  await expect(here).not.toContainText('an earlier schedule');
  await pictures(page, 'schedule');
  await command(page, 'mlops:show-runtimes', { name: 'local' });
  const row = page.locator('[data-mlops-runtime="local"]:visible');
  const entry = row.locator('.mlops-DeployedRow', { hasText: 'hourly' });
  await entry.getByRole('switch').click();
  await expect(clock).toHaveText('Paused');
  await here.getByRole('button', { name: 'Switch it off' }).click();
  await expect(here.getByRole('button', { name: 'Switch on' })).toBeVisible();
  await expect(entry).toHaveCount(0);
});
