/** Everything on the canvas without a mouse: who cannot use one draws and runs a pipeline all the same. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expect, test } from './fixtures';

import {
  box,
  expectState,
  node,
  notebook,
  open,
  pipeline,
  textOf,
  upload
} from './hand';

type Page = IJupyterLabPageFixture;

const cards = (page: Page) => page.locator('[data-mlops-node]:visible');
const edges = (page: Page) => page.locator('.react-flow__edge-wire:visible');
const selected = (page: Page) =>
  page.locator('[data-mlops-node].selected:visible');

/** Press Tab until something has the keyboard. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate(element => element === document.activeElement)) {
      return;
    }
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${String(target)}.`);
}

test('draw, change and run a pipeline by keyboard alone', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'load.ipynb': notebook('1'),
    'train.ipynb': notebook('2'),
    'new.pipeline': pipeline({})
  });
  const path = `${tmpPath}/new.pipeline`;
  await open(page, path);
  // The canvas has the keyboard, although it is empty.
  await expect(page.locator('.mlops-Shell-canvas:focus-within, .mlops-Shell-canvas:focus')).toBeVisible();

  // Add two nodes from the palette.
  for (const name of ['load', 'train']) {
    const item = page.getByRole('button', { name: `Add ${name}.ipynb` });
    await item.waitFor();
    await tabTo(page, item, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await expect(node(page, name)).toBeVisible();
  }

  // Select the first and connect it to the second.
  await tabTo(page, node(page, 'load'));
  await page.keyboard.press('Enter');
  await expect(selected(page)).toHaveAttribute('data-mlops-node', 'load');
  await page.keyboard.press('c');
  await expect(page.locator('.jp-Dialog')).toContainText('Connect load to');
  await page.keyboard.press('Enter');
  await expect(edges(page)).toHaveCount(1);
  await expect(node(page, 'load')).toBeFocused();

  // Move it, and take that back.
  const before = await box(node(page, 'load'));
  for (let step = 0; step < 5; step++) {
    await page.keyboard.press('ArrowLeft');
  }
  await expect
    .poll(async () => (await box(node(page, 'load'))).x)
    .toBeLessThan(before.x - 10);
  const moved = await box(node(page, 'load'));
  // The steps are one change: it reaches the document after a pause.
  await page.waitForTimeout(600);
  await page.keyboard.press('Control+z');
  await expect
    .poll(async () => (await box(node(page, 'load'))).x)
    .toBeCloseTo(before.x, 0);
  await page.keyboard.press('Control+Shift+z');
  await expect
    .poll(async () => (await box(node(page, 'load'))).x)
    .toBeCloseTo(moved.x, 0);

  // From a node to its edge, to the next node, and back.
  await page.keyboard.press('Tab');
  await expect(edges(page)).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(node(page, 'train')).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(node(page, 'load')).toBeFocused();

  // Its name: by dialog, and in the properties, from where Escape leads back.
  await page.keyboard.press('F2');
  await expect(page.locator('.jp-Dialog')).toContainText('Name of the node');
  await page.keyboard.type('Load data');
  await page.keyboard.press('Enter');
  await expect(node(page, 'load')).toContainText('Load data');
  await expect(node(page, 'load')).toBeFocused();
  await page.keyboard.press('p');
  const name = page.locator('[data-mlops-field="/nodes/load/label"] input');
  await expect(name).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Read');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(node(page, 'load')).toBeFocused();
  await expect(node(page, 'load')).toContainText('Read');

  // Remove what is selected, and bring it back.
  await page.keyboard.press('Delete');
  await expect(cards(page)).toHaveCount(1);
  await expect(edges(page)).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await expect(cards(page)).toHaveCount(2);
  await expect(edges(page)).toHaveCount(1);

  // Run it.
  await page.keyboard.press('Control+Enter');
  await expectState(page, 'train', 'succeeded');
  expect(JSON.parse(await textOf(page, path))).toMatchObject({
    nodes: { load: { label: 'Read' } },
    edges: [{ from: 'load', to: 'train' }]
  });

  // Open its notebook: Enter selects, and then opens.
  await tabTo(page, node(page, 'train'));
  await page.keyboard.press('Enter');
  await expect(selected(page)).toHaveAttribute('data-mlops-node', 'train');
  await page.keyboard.press('Enter');
  await expect(page.locator('.jp-NotebookPanel:visible')).toBeVisible();
});
