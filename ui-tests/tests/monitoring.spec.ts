/**
 * Three stories of a model in production, from seeded data: what a person sees, and what follows what they decide.
 */
import { expect, galata, test } from './fixtures';
import { ask, command, pictures, textOf } from './hand';
import { decide, evaluate, EVALUATED, openMonitor, putSome, standing, tell, withStory } from './story';

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

test('the relation changes: quality alerts, features stay quiet, a person retrains', async ({ page, tmpPath }) => {
  const folder = `${tmpPath}/relation`;
  const path = await tell(page, folder, 'relation', 6);
  await command(page, 'mlops:show-monitoring');
  const row = page.locator(`.mlops-Monitoring [data-mlops-monitor="${path}"]`);
  await expect(row).toHaveAttribute('data-state', 'none');
  const view = await openMonitor(page, path);
  await expect(view).toContainText('Evaluate the batches that there are');
  await evaluate(page, view, path, 6);

  await expect(view.locator('.mlops-Wellness')).toHaveAttribute('data-state', 'alert');
  await expect(standing(view, 'roc_auc')).toHaveAttribute('aria-label', 'Alert');
  await expect(view.locator('[data-mlops-check="roc_auc"]')).toContainText('since 05');
  await expect(standing(view, 'ks')).toHaveAttribute('aria-label', 'OK');
  await expect(view.locator('.mlops-Heat')).toBeVisible();
  await expect(view.locator('.mlops-Heat .mlops-standing-alert')).toHaveCount(0);
  await expect(view.locator('[data-mlops-check="roc_auc"] canvas')).toBeVisible();
  await expect(row).toHaveAttribute('data-state', 'alert');
  await expect(page.locator('.mlops-AlertsStatus')).toContainText('alert');
  await expect(page.locator('.Toastify__toast', { hasText: 'relation' })).toBeVisible();
  await pictures(page, 'monitoring-alert');

  await decide(view, 'Retrain', 'Forty is the new thirty.');
  await expect(view.locator('.mlops-AlertCard')).toHaveAttribute('data-state', 'retraining');
  await expect(view.locator('.mlops-AlertCard')).toContainText('Forty is the new thirty.');
  await view.getByRole('button', { name: 'Show the refresh run' }).click();
  const run = page.locator('[data-mlops-run]:visible').first();
  await expect(run).toContainText('refresh');
  await expect(run).toHaveAttribute('data-state', 'succeeded', { timeout: 90000 });
});

test('features drift without decay: a person accepts a new baseline, and it is quiet', async ({ page, tmpPath }) => {
  const folder = `${tmpPath}/features`;
  const path = await tell(page, folder, 'features', 6);
  await command(page, 'mlops:show-monitoring');
  const view = await openMonitor(page, path);
  await evaluate(page, view, path, 6);

  await expect(standing(view, 'ks')).toHaveAttribute('aria-label', 'Alert');
  await expect(standing(view, 'roc_auc')).toHaveAttribute('aria-label', 'OK');
  await expect(standing(view, 'accuracy')).toHaveAttribute('aria-label', 'OK');
  await view.getByRole('button', { name: /^visits, 06: .*alert$/ }).click();
  await expect(view.locator('.mlops-Changed-feature select')).toHaveValue('visits');
  await expect(view.locator('.mlops-Columns canvas').first()).toBeVisible();
  await pictures(page, 'monitoring-drift');

  await decide(view, 'Accept as new baseline', 'The new shop: they come more often.');
  await expect(view.locator('.mlops-AlertCard')).toHaveCount(0);
  await withStory(['features'], local => putSome(page, local, folder, 'scored', 6, 7));
  await evaluate(page, view, path, 7, 'Evaluate');
  await expect(view.locator('.mlops-Wellness')).toHaveAttribute('data-state', 'ok');
  await expect(view.locator('.mlops-History')).toContainText('The new shop');
});

test('labels come late: estimated first, then superseded by what was measured', async ({ page, tmpPath }) => {
  const folder = `${tmpPath}/late`;
  const path = await tell(page, folder, 'late', 3);
  const view = await openMonitor(page, path);
  await evaluate(page, view, path, 3);
  await expect(view.locator('.mlops-Wellness')).toHaveAttribute('data-state', 'no_labels');
  await expect(standing(view, 'roc_auc')).toHaveAttribute('aria-label', 'Not computed');
  await expect(standing(view, 'estimated_accuracy')).toHaveAttribute('aria-label', 'OK');
  // A guess never stands among what was measured.
  const quality = view.locator('[data-mlops-family="quality"]');
  await expect(quality.locator('[data-mlops-check="estimated_accuracy"]')).toHaveCount(0);

  await withStory(['late', 'labels'], local => putSome(page, local, folder, 'labels', 0, 3));
  await evaluate(page, view, path, 3);
  await expect(standing(view, 'roc_auc')).toHaveAttribute('aria-label', 'OK', EVALUATED);
  await expect(view.locator('.mlops-Wellness')).toHaveAttribute('data-state', 'ok');
  const route = `monitors/${encodeURIComponent(path)}/evaluations`;
  const { evaluations } = await ask<{ evaluations: { superseded_by: string | null }[] }>(page, route);
  expect(evaluations.filter(one => one.superseded_by !== null)).toHaveLength(3);
});

test('a monitor is made of a file in two steps, and its form previews the newest batch', async ({ page, tmpPath }) => {
  const folder = `${tmpPath}/new`;
  await tell(page, folder, 'relation', 2);
  await page.contents.deleteFile(`${folder}/relation.monitor`);
  await command(page, 'mlops:show-monitoring');
  const made = page.evaluate(
    async path => (await window.jupyterapp.commands.execute('mlops:new-monitor', { path })) as string | null,
    `${folder}/reference.csv`
  );
  const dialog = page.locator('.jp-Dialog');
  await expect(dialog.locator('[data-mlops-column="age"]')).toBeVisible(EVALUATED);
  await expect(dialog.locator('[data-mlops-column="id"] select').first()).toHaveValue('id');
  await expect(dialog.locator('[data-mlops-column="channel"] select').nth(1)).toHaveValue('category');
  await dialog.locator('[data-mlops-column="buys"] select').first().selectOption('target');
  await dialog.locator('[data-mlops-column="said"] select').first().selectOption('prediction');
  await dialog.locator('[data-mlops-column="score"] select').first().selectOption('score');
  await dialog.locator('input').first().fill('buyers');
  await pictures(page, 'monitoring-new');
  await dialog.getByRole('button', { name: 'Create' }).click();
  expect(await made).toBe(`${folder}/buyers.monitor`);

  const form = page.locator('.mlops-MonitorForm:visible');
  const field = (name: string) => form.locator(`[data-mlops-field="${name}"]`);
  await field('batches.path').fill('scored/*.csv');
  await field('model.path').fill('model.joblib');
  await expect(form.locator('.mlops-MonitorForm-preview')).toContainText('500 rows', EVALUATED);
  await pictures(page, 'monitoring-form');
  await field('batches.min_rows').fill('many');
  await expect(field('batches.min_rows')).toHaveAttribute('aria-invalid', 'true');
  await field('batches.min_rows').fill('1000');
  await expect(form.locator('.mlops-MonitorForm-preview')).toContainText('Too few rows', EVALUATED);
  await page.keyboard.press('Control+s');
  const saved = async () => JSON.parse(await textOf(page, `${folder}/buyers.monitor`)) as object;
  await expect.poll(saved).toMatchObject({ batches: { path: 'scored/*.csv', min_rows: 1000 } });
});

test('an example project is laid out from the launcher', async ({ page, tmpPath }) => {
  await page.filebrowser.openDirectory(tmpPath);
  await page.locator('.jp-LauncherCard', { hasText: 'New MLOps project' }).click();
  await expect(page.locator('[data-mlops-node="train"]:visible')).toBeVisible();
  const names = await page.evaluate(async folder => {
    const { contents } = window.jupyterapp.serviceManager;
    const { content } = await contents.get(folder);
    return (content as { name: string }[]).map(({ name }) => name);
  }, `${tmpPath}/mlops-project`);
  expect(names).toEqual(
    expect.arrayContaining([
      'creation.pipeline',
      'scoring.pipeline',
      'monitoring.pipeline',
      'refresh.pipeline',
      'progress.monitor'
    ])
  );
});
