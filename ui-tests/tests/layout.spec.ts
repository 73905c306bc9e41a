/** A narrow window, or a large one at 150 %, and a hundred nodes: still in order. */
import type { Locator } from '@playwright/test';

import { expect, test } from './fixtures';

import {
  box,
  command,
  node,
  notebook,
  open,
  picture,
  pipeline,
  upload
} from './hand';

type Box = { x: number; y: number; width: number; height: number };

const NAMES = Array.from({ length: 100 }, (_, index) => `n${index}`);

test('a hundred nodes in a narrow window, each in its own place', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'n.ipynb': notebook('1'),
    'many.pipeline': pipeline(
      Object.fromEntries(
        NAMES.map((id, index) => [
          id,
          {
            type: 'notebook',
            label: `Step ${index} of a pipeline with long names`,
            path: 'n.ipynb'
          }
        ])
      ),
      NAMES.slice(10).map((to, index) => ({ from: NAMES[index], to }))
    )
  });
  // 1350 pixels at 150 % are 900 of the page.
  await page.setViewportSize({ width: 900, height: 600 });
  await open(page, `${tmpPath}/many.pipeline`);
  const cards = page.locator('[data-mlops-node]:visible');
  await expect(cards).toHaveCount(100);
  await command(page, 'mlops:fit');
  await expect(cards.first()).toBeInViewport();
  await expect(cards.last()).toBeInViewport();
  expect(overlapping(await boxes(cards))).toEqual([]);
  await picture(page, 'many-900');

  const toolbar = page.locator('.mlops-Pipeline:visible .jp-Toolbar').first();
  const buttons = await boxes(toolbar.getByRole('button'));
  expect(buttons.length).toBeGreaterThan(5);
  expect(overlapping(buttons)).toEqual([]);
  const parts = await boxes(
    page.locator(
      '.mlops-Pipeline:visible :is(.jp-Toolbar, .mlops-Shell-folded, .mlops-Shell-canvas, .mlops-Drawer)'
    )
  );
  expect(parts.length).toBeGreaterThanOrEqual(4);
  expect(overlapping(parts)).toEqual([]);
  expect(parts.every(({ x, width }) => x >= 0 && x + width <= 901)).toBe(true);
});

test('what one looks at stays in the middle when the drawer opens', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'n.ipynb': notebook('1'),
    'two.pipeline': pipeline(
      {
        top: { type: 'notebook', path: 'n.ipynb' },
        low: { type: 'notebook', path: 'n.ipynb' }
      },
      [],
      { layout: { top: [0, 0], low: [0, 400] } }
    )
  });
  await open(page, `${tmpPath}/two.pipeline`);
  const canvas = page.locator('.mlops-Shell-canvas:visible');
  const low = node(page, 'low');
  await expect(low).toBeVisible();
  const fromMiddle = async () => {
    const [outer, inner] = [await box(canvas), await box(low)];
    return inner.y + inner.height / 2 - outer.y - outer.height / 2;
  };
  // Scrolled by hand, the view is the person's.
  const { x, y, width, height } = await box(canvas);
  await page.mouse.move(x + 40, y + height / 2);
  await page.mouse.wheel(0, 400);
  await expect.poll(fromMiddle).toBeLessThan(60);
  // Scrolling ends after a pause.
  await page.waitForTimeout(400);
  const before = await fromMiddle();
  await page.getByRole('tab', { name: 'Run', exact: true }).click();
  await expect.poll(async () => (await box(canvas)).height).toBeLessThan(height - 100);
  expect((await box(canvas)).width).toBe(width);
  expect(Math.abs((await fromMiddle()) - before)).toBeLessThan(2);
  await page.getByRole('tab', { name: 'Run', exact: true }).click();
  await expect.poll(async () => (await box(canvas)).height).toBe(height);
  expect(Math.abs((await fromMiddle()) - before)).toBeLessThan(2);
});

async function boxes(all: Locator): Promise<Box[]> {
  return all.evaluateAll(elements =>
    elements
      .map(element => element.getBoundingClientRect())
      .map(({ x, y, width, height }) => ({ x, y, width, height }))
      .filter(({ width, height }) => width > 0 && height > 0)
  );
}

/** The pairs that share more than a pixel. */
function overlapping(all: readonly Box[]): [Box, Box][] {
  return all.flatMap((a, index) =>
    all
      .slice(index + 1)
      .filter(
        b =>
          Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1 &&
          Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1
      )
      .map((b): [Box, Box] => [a, b])
  );
}

test('what was moved by others while it was closed is in sight', async ({
  page,
  tmpPath
}) => {
  const far = (x: number) =>
    pipeline({ a: { type: 'notebook', path: 'a.ipynb' } }, [], {
      layout: { a: [x, x] }
    });
  await upload(page, tmpPath, { 'a.ipynb': notebook('1'), 'p.pipeline': far(0) });
  for (const x of [0, 9000]) {
    await upload(page, tmpPath, { 'p.pipeline': far(x) });
    await open(page, `${tmpPath}/p.pipeline`);
    const canvas = await box(page.locator('.mlops-Shell-canvas'));
    await expect
      .poll(async () => {
        const card = await box(node(page, 'a'));
        return card.x > canvas.x && card.x + card.width < canvas.x + canvas.width;
      })
      .toBe(true);
    // Where a person moved it to is remembered, after a pause.
    await page.mouse.move(canvas.x + 60, canvas.y + 60);
    await page.mouse.wheel(0, 30);
    await page.waitForTimeout(1500);
    await command(page, 'application:close');
  }
});
