/** A pipeline on a real Airflow: chosen in the dialog, followed on the canvas, read in the panel. */
import { expect, galata, test } from './fixtures';

import { command, expectState, lastRun, node, notebook, open, pipeline, tool, upload } from './hand';

/** Where a real Airflow is, as JSON: url, user, password, dags (a folder), files (a URL or a folder). */
const AIRFLOW = process.env.MLOPS_UI_AIRFLOW;

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

test('run a pipeline on Airflow and read what it made @airflow', async ({ page, tmpPath }) => {
  expect(AIRFLOW, 'MLOPS_UI_AIRFLOW says where an Airflow is').toBeDefined();
  test.setTimeout(240000);
  const airflow = JSON.parse(AIRFLOW ?? '{}') as {
    url: string;
    user: string;
    password: string;
    dags: string;
    files: string;
  };
  const name = `airflow-${Date.now().toString(36)}`;
  const path = `${tmpPath}/remote.pipeline`;
  await upload(page, tmpPath, {
    'load.ipynb': notebook(
      ['parameters', 'rows = 3'],
      'print("read on a worker")',
      ['results', 'count = rows']
    ),
    'report.ipynb': notebook('print("the report is written")'),
    'remote.pipeline': pipeline(
      {
        load: {
          type: 'notebook',
          path: 'load.ipynb',
          parameters: { rows: { from: 'parameters.rows' } }
        },
        report: { type: 'notebook', path: 'report.ipynb' }
      },
      [{ from: 'load', to: 'report' }],
      { parameters: { rows: { type: 'integer', default: 2 } } }
    )
  });

  await command(page, 'mlops:show-runtimes');
  const panel = page.locator('.mlops-Runtimes:visible');
  await panel.getByRole('button', { name: 'Add an Airflow' }).first().click();
  const field = (id: string) => panel.locator(`[data-mlops-field="${id}"]`);
  await field('name').fill(name);
  await field('url').fill(airflow.url);
  await field('user').fill(airflow.user);
  await field('secret').fill(airflow.password);
  await field('path').fill(airflow.dags);
  await field('filesUrl').fill(
    airflow.files.includes('://') ? airflow.files : `file://${airflow.files}`
  );
  await panel.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(panel.locator('[data-mlops-step="files"]')).toHaveAttribute('data-state', 'ok', {
    timeout: 60000
  });
  await panel.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(panel.locator(`[data-mlops-runtime="${name}"]`)).toHaveAttribute('data-state', 'ok');

  await open(page, path);
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('mlops:run-with');
  });
  const dialog = page.locator('.jp-Dialog');
  await dialog.getByLabel('Runtime').selectOption(name);
  await expect(dialog.getByLabel('Folder')).toBeDisabled();
  await expect(dialog).toContainText('may see a newer version');
  await dialog.getByLabel('rows').fill('5');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();

  const bar = page.locator('.mlops-RemoteBar:visible');
  await expect(bar).toContainText(/waiting for Airflow|Running/, { timeout: 60000 });
  for (const id of ['load', 'report']) {
    await expectState(page, id, 'succeeded', 120000);
  }
  await expect(bar).toContainText(`Succeeded on ${name}`);
  await expect(bar.getByRole('link', { name: 'Open in Airflow' })).toHaveAttribute(
    'rel',
    /noopener/
  );
  await expect(page.locator('.mlops-Toolbar-picker select:visible')).toHaveValue(name);
  await expect(tool(page, 'Run')).toBeVisible();

  await node(page, 'load').click();
  await page.getByRole('tab', { name: 'Results' }).click();
  await expect(page.locator('.mlops-Drawer-content')).toContainText('5');
  await page.getByRole('tab', { name: /^Log/ }).click();
  await expect(page.locator('.mlops-Log-text')).toContainText('read on a worker');

  const run = await lastRun(page, path);
  await command(page, 'mlops:show-runs');
  const row = page.locator(`[data-mlops-run="${run}"]:visible`);
  await expect(row).toHaveAttribute('data-state', 'succeeded');
  await expect(row).toContainText(name);
  await command(page, 'mlops:open-executed', { run, node: 'report' });
  await expect(page.locator('.jp-NotebookPanel:visible')).toContainText('the report is written', {
    timeout: 30000
  });
});
