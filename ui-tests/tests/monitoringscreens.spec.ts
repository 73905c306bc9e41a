/**
 * The screens of monitoring for everybody: what axe finds, the keyboard alone, a narrow window; and what two people
 * see who answer one alert.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { violations } from './axe';
import { expect, galata, test } from './fixtures';
import { ask, command, expectState, node, open, picture, pictures, pipeline, upload } from './hand';
import { evaluate, EVALUATED, openMonitor, tell } from './story';

type Page = IJupyterLabPageFixture;

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

const SCREENS = ['.mlops-Monitoring', '.mlops-MonitorDocument', '.mlops-NewMonitor', '.mlops-AlertsStatus'];

async function expectNoBarriers(page: Page): Promise<void> {
  for (const setTheme of ['setDarkTheme', 'setLightTheme'] as const) {
    await page.theme[setTheme]();
    expect(await violations(page, SCREENS)).toEqual([]);
  }
}

/** Press Tab until something is reached, as who has no mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate(element => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${String(target)}.`);
}

/** Whether something is wider than the place it has. */
function sticksOut(view: Locator): Promise<boolean> {
  return view.locator('.mlops-MonitorView-scroll').evaluate(element => element.scrollWidth > element.clientWidth);
}

test('an alert is answered by the keyboard alone, axe finds nothing, and who comes second is told', async ({
  page,
  tmpPath
}) => {
  const path = await tell(page, `${tmpPath}/relation`, 'relation', 6);
  await command(page, 'mlops:show-monitoring');
  const view = await openMonitor(page, path);
  await evaluate(page, view, path, 6);
  const card = view.locator('.mlops-AlertCard');
  await expect(card).toHaveAttribute('data-state', 'open');

  // A form that is opened and closed by the keyboard gives the focus back.
  const snooze = card.locator('[data-mlops-action="snooze"]');
  await view.locator('.mlops-Wellness').focus();
  await tabTo(page, snooze);
  await page.keyboard.press('Enter');
  await expect(card.getByRole('textbox', { name: 'Why' })).toBeFocused();
  await expect(card.getByRole('combobox', { name: 'For' })).toHaveValue('1');
  await page.keyboard.press('Control+Enter');
  await expect(card.getByRole('alert')).toContainText('Say why');
  const drawn = () =>
    view.locator('[data-mlops-check="roc_auc"] canvas').evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL());
  const light = await drawn();
  await page.theme.setDarkTheme();
  await expect.poll(drawn).not.toBe(light);
  await expectNoBarriers(page);
  await pictures(page, 'monitoring-snooze');
  await card.getByRole('textbox', { name: 'Why' }).press('Escape');
  await expect(snooze).toBeFocused();

  // Somebody else decides while one writes: what one writes stays, and one is told.
  await tabTo(page, card.locator('[data-mlops-action="dismiss"]'));
  await page.keyboard.press('Enter');
  const why = card.getByRole('textbox', { name: 'Why' });
  await page.keyboard.type('A holiday, nothing else.');
  const { alerts } = await ask<{ alerts: { id: string; monitor: string }[] }>(page, 'alerts?state=open');
  const { id = '' } = alerts.find(({ monitor }) => monitor === path) ?? {};
  const body = { action: 'dismiss', comment: 'The shop was closed.', until: null, seen: 0 };
  await ask(page, `alerts/${id}/decisions`, { method: 'POST', body });
  await expect(card).toHaveAttribute('data-state', 'dismissed');
  await expect(card).toContainText('The shop was closed.');
  await expect(why).toHaveValue('A holiday, nothing else.');
  await why.press('Control+Enter');
  await expect(card.getByRole('alert')).toContainText('was faster');
  await expect(page.locator('.Toastify__toast', { hasText: 'was faster' })).toBeVisible();
  await pictures(page, 'monitoring-second');
  await why.press('Escape');
  await expect(card).toHaveCount(0);
  await expect(view.locator('.mlops-History')).toContainText('The shop was closed.');

  // The keyboard goes on where it was: arrows lead through the map, and to what changed.
  const cell = view.locator('.mlops-Heat-cell[tabindex="0"]');
  await cell.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(view.locator('.mlops-Heat-cell[aria-pressed="true"]')).toBeFocused();

  // A small window, and one that is enlarged by half.
  await page.setViewportSize({ width: 900, height: 700 });
  expect(await sticksOut(view)).toBe(false);
  await pictures(page, 'monitoring-900');
  await page.setViewportSize({ width: 853, height: 600 });
  expect(await sticksOut(view)).toBe(false);
  await picture(page, 'monitoring-150');
});

test('what a node of a pipeline writes is monitored from the canvas', async ({ page, tmpPath }) => {
  const folder = `${tmpPath}/canvas`;
  await tell(page, folder, 'relation', 1);
  await upload(page, folder, {
    'score.sh': 'cp scored/01.csv newest.csv\n',
    'score.pipeline': pipeline({
      score: { type: 'script', path: 'score.sh', outputs: ['newest.csv'] },
      other: { type: 'script', path: 'score.sh' }
    })
  });
  await open(page, `${folder}/score.pipeline`);
  const item = page.locator('.lm-Menu-item', { hasText: 'Monitor This Output…' });
  await node(page, 'other').click({ button: 'right' });
  await expect(page.locator('.lm-Menu-item', { hasText: 'Run This Node' })).toBeVisible();
  await expect(item).toBeHidden();
  await page.keyboard.press('Escape');

  // Before it has run there is nothing to recognise columns from.
  await node(page, 'score').click({ button: 'right' });
  await item.click();
  await expect(page.locator('.Toastify__toast', { hasText: 'Run the node first' })).toBeVisible();
  await command(page, 'mlops:run-only', { node: 'score' });
  await expectState(page, 'score', 'succeeded');
  await node(page, 'score').click({ button: 'right' });
  await item.click();

  const dialog = page.locator('.jp-Dialog');
  await expect(dialog.locator('[data-mlops-column="age"]')).toBeVisible(EVALUATED);
  await expectNoBarriers(page);
  await dialog.locator('[data-mlops-column="buys"] select').first().selectOption('target');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const form = page.locator('.mlops-MonitorForm:visible');
  await expect(form.locator('[data-mlops-field="model.name"]')).toHaveValue('model');
  await expect(page.locator(`.mlops-MonitorView[data-mlops-monitor="${folder}/model.monitor"]`)).toBeVisible();
  await expectNoBarriers(page);
  await pictures(page, 'monitoring-form-canvas');
});
