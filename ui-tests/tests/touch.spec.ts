/** A finger moves and connects nodes as a mouse does. */
import type { CDPSession } from '@playwright/test';

import { expect, test } from './fixtures';

import { box, node, notebook, open, pipeline, upload } from './hand';

type Point = { x: number; y: number };

test.use({ hasTouch: true });

/** A finger goes from one place to another. */
async function swipe(cdp: CDPSession, from: Point, to: Point): Promise<void> {
  const send = (type: string, touchPoints: Point[]) =>
    cdp.send('Input.dispatchTouchEvent', {
      type: type as 'touchStart',
      touchPoints
    });
  await send('touchStart', [from]);
  for (let step = 1; step <= 12; step++) {
    const share = step / 12;
    await send('touchMove', [
      {
        x: from.x + (to.x - from.x) * share,
        y: from.y + (to.y - from.y) * share
      }
    ]);
  }
  await send('touchEnd', []);
}

test('select and drag a node, and draw an edge, by touch', async ({ page, tmpPath }) => {
  await upload(page, tmpPath, {
    'a.ipynb': notebook('1'),
    'two.pipeline': pipeline(
      {
        a: { type: 'notebook', path: 'a.ipynb' },
        b: { type: 'notebook', path: 'a.ipynb' }
      },
      [],
      { layout: { a: [0, 0], b: [280, 40] } }
    )
  });
  await open(page, `${tmpPath}/two.pipeline`);
  await expect(node(page, 'b')).toBeVisible();
  const middle = async (id: string): Promise<Point> => {
    const { x, y, width, height } = await box(node(page, id));
    return { x: x + width / 2, y: y + height / 2 };
  };
  const tapped = await middle('a');
  await page.touchscreen.tap(tapped.x, tapped.y);
  await expect(node(page, 'a')).toHaveClass(/selected/);

  // Galata wraps its page, which is no page to the browser's protocol.
  const context = page.context();
  const cdp = await context.newCDPSession(context.pages()[0]);

  const from = await middle('b');
  await swipe(cdp, from, { x: from.x, y: from.y + 120 });
  await expect.poll(async () => (await middle('b')).y).toBeGreaterThan(from.y + 100);

  const grip = async (id: string, side: string): Promise<Point> => {
    const handle = node(page, id).locator(`.react-flow__handle.${side}`);
    const { x, y, width, height } = await box(handle);
    return { x: x + width / 2, y: y + height / 2 };
  };
  await swipe(cdp, await grip('a', 'source'), await grip('b', 'target'));
  await expect(page.locator('.react-flow__edge-wire:visible')).toHaveCount(1);
});
