/** A pipeline on a real Airflow: chosen in the dialog, followed on the canvas, read in the panel. */
import { expect, galata, test } from './fixtures';

import {
  ask,
  command,
  expectState,
  lastRun,
  node,
  notebook,
  open,
  picture,
  pipeline,
  tool,
  upload
} from './hand';

/** Where a real Airflow is, as JSON: url, user, password, dags (a folder), files (a URL or a folder). */
const AIRFLOW = process.env.MLOPS_UI_AIRFLOW;

type Airflow = { url: string; user: string; password: string; dags: string; files: string };

function airflow(): Airflow {
  expect(AIRFLOW, 'MLOPS_UI_AIRFLOW says where an Airflow is').toBeDefined();
  return JSON.parse(AIRFLOW ?? '{}') as Airflow;
}

/** The address of the file store, which may be told as a folder. */
function filesUrl({ files }: Airflow): string {
  return files.includes('://') ? files : `file://${files}`;
}

/** What a person does in Airflow's own pages: pause a DAG. Answers whether it was. */
async function pauseThere({ url, user, password }: Airflow, dag: string): Promise<boolean> {
  const json = { 'Content-Type': 'application/json' };
  const signIn = await fetch(`${url}/auth/token`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username: user, password })
  });
  const { access_token } = (await signIn.json()) as { access_token: string };
  const answer = await fetch(`${url}/api/v2/dags/${dag}?update_mask=is_paused`, {
    method: 'PATCH',
    headers: { ...json, Authorization: `Bearer ${access_token}` },
    body: JSON.stringify({ is_paused: true })
  });
  return ((await answer.json()) as { is_paused: boolean }).is_paused;
}

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

test('run a pipeline on Airflow and read what it made @airflow', async ({ page, tmpPath }) => {
  test.setTimeout(240000);
  const place = airflow();
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
  await field('url').fill(place.url);
  await field('user').fill(place.user);
  await field('secret').fill(place.password);
  await field('path').fill(place.dags);
  await field('filesUrl').fill(filesUrl(place));
  await panel.getByRole('button', { name: 'Test', exact: true }).click();
  await expect(panel.locator('[data-mlops-step="files"]')).toHaveAttribute('data-state', 'ok', {
    timeout: 60000
  });
  await panel.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(panel.locator(`[data-mlops-runtime="${name}"]`)).toHaveAttribute('data-state', 'ok');
  await picture(page, 'runtimes');

  await open(page, path);
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('mlops:run-with');
  });
  const dialog = page.locator('.jp-Dialog');
  await dialog.getByLabel('Runtime').selectOption(name);
  await expect(dialog.getByLabel('Folder')).toBeDisabled();
  await expect(dialog).toContainText('may see a newer version');
  await dialog.getByLabel('rows').fill('5');
  await picture(page, 'run-dialog-airflow');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();

  const bar = page.locator('.mlops-RemoteBar:visible');
  await expect(bar).toContainText(/waiting for Airflow|Running/, { timeout: 60000 });
  await picture(page, 'airflow-waiting');
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

test('leave a pipeline to its schedule, pause it, and retry what failed @airflow', async ({
  page,
  tmpPath
}) => {
  test.setTimeout(240000);
  const place = airflow();
  const name = `clock-${Date.now().toString(36)}`;
  const path = `${tmpPath}/nightly.pipeline`;
  await upload(page, tmpPath, {
    'slow.ipynb': notebook('import time\ntime.sleep(8)'),
    'flaky.ipynb': notebook('import os\nassert os.environ["MLOPS_ATTEMPT"] != "1", "once"'),
    'nightly.pipeline': pipeline(
      {
        slow: { type: 'notebook', path: 'slow.ipynb' },
        flaky: { type: 'notebook', path: 'flaky.ipynb', retries: 0 }
      },
      [{ from: 'slow', to: 'flaky' }]
    )
  });
  const { user, password, url, dags } = place;
  await ask(page, `secrets/${name}`, { method: 'PUT', body: { value: password } });
  await ask(page, `runtimes/${name}`, {
    method: 'PUT',
    body: {
      version: 1,
      kind: 'airflow',
      url,
      auth: { kind: 'password', user, secret: name },
      delivery: { kind: 'folder', path: dags },
      files: { url: filesUrl(place) }
    }
  });

  await open(page, path);
  const properties = page.locator('.mlops-Properties:visible');
  await properties.getByRole('button', { name: 'Schedule', exact: true }).click();
  await properties.getByRole('button', { name: 'Add a schedule' }).click();
  await properties.getByLabel('Starts').selectOption('month');
  await expect(properties.locator('.mlops-Schedule-meaning li')).toHaveCount(3);
  const here = properties.locator(`[data-mlops-schedule="${name}"]`);
  await here.getByRole('button', { name: 'Switch on' }).click();
  const clock = here.getByRole('switch');
  await expect(clock).toHaveAttribute('aria-checked', 'true', { timeout: 90000 });
  await clock.click();
  await expect(clock).toHaveText('Paused');
  await clock.click();
  await expect(clock).toHaveText('On');
  await picture(page, 'schedule-airflow');

  await page.locator('.mlops-Toolbar-picker select:visible').selectOption(name);
  await tool(page, 'Run').click();
  await expectState(page, 'slow', 'running', 90000);
  const run = await lastRun(page, path);
  const { remote } = await ask<{ remote: { dag_id: string } }>(page, `runs/${run}`);
  expect(await pauseThere(place, remote.dag_id)).toBe(true);
  const bar = page.locator('.mlops-RemoteBar:visible');
  await expect(bar).toContainText('is paused in Airflow', { timeout: 60000 });
  await picture(page, 'airflow-paused');
  await bar.getByRole('button', { name: 'Resume it' }).click();

  await expectState(page, 'flaky', 'failed', 90000);
  await bar.getByRole('button', { name: 'Retry failed' }).click();
  await expectState(page, 'flaky', 'succeeded', 90000);
  await expect(bar).toContainText(`Succeeded on ${name}`);
  const [there] = await Promise.all([
    page.context().waitForEvent('page'),
    bar.getByRole('link', { name: 'Open in Airflow' }).click()
  ]);
  await expect.poll(() => there.url()).toContain(encodeURIComponent(remote.dag_id));
});
