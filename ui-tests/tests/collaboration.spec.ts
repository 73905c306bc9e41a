/** Two windows on one pipeline, on a server with jupyter-collaboration. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect, test } from './fixtures';

import {
  box,
  command,
  dropFile,
  expectState,
  node,
  notebook,
  open,
  pictures,
  pipeline,
  secondWindow,
  textOf,
  upload
} from './hand';

type Page = IJupyterLabPageFixture;

const NOTEBOOKS = {
  'a.ipynb': notebook('1'),
  'b.ipynb': notebook('2'),
  'c.ipynb': notebook('3')
};
const NODES = {
  a: { type: 'notebook', path: 'a.ipynb' },
  b: { type: 'notebook', path: 'b.ipynb' }
};
/** The text of two nodes, the second where it is told. */
function two(b: readonly number[]): string {
  const text = pipeline(NODES, [{ from: 'a', to: 'b' }]);
  const places = { layout: { a: [0, 0], b } };
  const layout = JSON.stringify(places, null, 2).slice(1, -2);
  return text.replace(/\n}\n$/, `,${layout}\n}\n`);
}

/** Longer than the server waits before it writes what was changed. */
const AUTOSAVE = 3000;

/** The place of a node on the canvas, whatever part of it one looks at. */
async function place(page: Page, id: string): Promise<string | undefined> {
  return node(page, id).evaluate(
    element =>
      element.closest<HTMLElement>('.react-flow__node')?.style.transform
  );
}

test('two people draw one pipeline, and undo only what is theirs @collaboration', async ({
  page,
  tmpPath,
  browser,
  baseURL
}) => {
  const path = `${tmpPath}/shared.pipeline`;
  await upload(page, tmpPath, { ...NOTEBOOKS, 'shared.pipeline': two([280, 80]) });
  await open(page, path);
  const other = await secondWindow({ browser, baseURL, tmpPath });
  await open(other, path);
  await expect(node(other, 'b')).toBeVisible();

  // One adds, the other sees it.
  await dropFile(page, 'c.ipynb', [0.3, 0.8]);
  await expect(node(page, 'c')).toBeVisible();
  await expect(node(other, 'c')).toBeVisible({ timeout: 2000 });

  // The other moves what the first did not touch, and the first sees that.
  const before = await place(page, 'b');
  const from = await box(node(other, 'b'));
  await other.mouse.move(from.x + 60, from.y + 20);
  await other.mouse.down();
  await other.mouse.move(from.x + 60, from.y + 120, { steps: 10 });
  await other.mouse.up();
  const moved = await place(other, 'b');
  expect(moved).not.toBe(before);
  await expect.poll(() => place(page, 'b'), { timeout: 2000 }).toBe(moved);
  await pictures(page, 'collaboration');

  // Each takes back what is theirs.
  await command(page, 'mlops:undo');
  await expect(node(page, 'c')).toHaveCount(0);
  await expect(node(other, 'c')).toHaveCount(0, { timeout: 2000 });
  expect(await place(other, 'b')).toBe(moved);
  await command(other, 'mlops:undo');
  await expect.poll(() => place(page, 'b'), { timeout: 2000 }).toBe(before);

  // What the server writes is what a browser would have written.
  await command(other, 'mlops:redo');
  await expect.poll(() => place(page, 'b'), { timeout: 2000 }).toBe(moved);
  await command(page, 'docmanager:save');
  const found = /translate\((-?[\d.]+)px, (-?[\d.]+)px\)/.exec(moved ?? '');
  const b = [Number(found?.[1]), Number(found?.[2])];
  await expect.poll(() => textOf(page, path)).toBe(two(b));
  await other.close();
});

test('what runs is what two people see @collaboration', async ({
  page,
  tmpPath,
  browser,
  baseURL
}) => {
  const path = `${tmpPath}/run.pipeline`;
  await upload(page, tmpPath, { ...NOTEBOOKS, 'run.pipeline': two([280, 80]) });
  await open(page, path);
  const other = await secondWindow({ browser, baseURL, tmpPath });
  await open(other, path);
  await dropFile(page, 'c.ipynb', [0.3, 0.8]);
  await expect(node(other, 'c')).toBeVisible();
  await command(other, 'mlops:run');
  for (const window of [page, other]) {
    for (const id of ['a', 'b', 'c']) {
      await expectState(window, id, 'succeeded');
    }
  }
  await other.close();
});

const BROKEN =
  '{\n  "version": 1,\n<<<<<<< HEAD\n  "nodes": {},\n=======\n  "nodes": {"a": {}},\n>>>>>>> other\n  "edges": []\n}\r\n';
const LOOSE = '{"nodes": {"a": {"path": "a.ipynb", "type": "notebook"}}, "version": 1}';

test('a file that two people open and do not change keeps its bytes @collaboration', async ({
  page,
  tmpPath,
  browser,
  baseURL
}) => {
  await upload(page, tmpPath, {
    ...NOTEBOOKS,
    'broken.pipeline': BROKEN,
    'loose.pipeline': LOOSE
  });
  const other = await secondWindow({ browser, baseURL, tmpPath });
  for (const [name, text] of [
    ['loose.pipeline', LOOSE],
    ['broken.pipeline', BROKEN]
  ]) {
    for (const window of [page, other]) {
      await open(window, `${tmpPath}/${name}`);
    }
    await page.waitForTimeout(AUTOSAVE);
    expect(await textOf(page, `${tmpPath}/${name}`)).toBe(text);
  }
  for (const window of [page, other]) {
    const sheet = window.locator('.mlops-Unreadable:visible');
    await expect(sheet).toContainText('unfinished merge');
    await sheet.getByRole('button', { name: 'Validate again' }).click();
    await window.keyboard.press('Control+s');
  }
  await page.waitForTimeout(AUTOSAVE);
  expect(await textOf(page, `${tmpPath}/broken.pipeline`)).toBe(BROKEN);

  // Mended elsewhere, it becomes a pipeline for both.
  await upload(page, tmpPath, { 'broken.pipeline': two([280, 80]) });
  for (const window of [page, other]) {
    await expect(node(window, 'b')).toBeVisible();
    await expect(window.locator('.mlops-Unreadable:visible')).toHaveCount(0);
  }
  await page.waitForTimeout(AUTOSAVE);
  expect(await textOf(page, `${tmpPath}/broken.pipeline`)).toBe(two([280, 80]));
  await other.close();
});
