/**
 * What a person's hand does on a pipeline, in one place: files to drop, nodes to connect, runs to await.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expect } from './fixtures';

type Page = IJupyterLabPageFixture;

/** A Python notebook with these code cells; a pair is a cell with a tag. */
export function notebook(
  ...cells: (string | readonly [tag: string, source: string])[]
): string {
  return JSON.stringify({
    cells: cells.map((cell, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index}`,
      metadata: typeof cell === 'string' ? {} : { tags: [cell[0]] },
      outputs: [],
      source: typeof cell === 'string' ? cell : cell[1]
    })),
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });
}

/** Put files (name → text) into a folder of the server. */
export async function upload(
  page: Page,
  folder: string,
  files: Record<string, string>
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await page.contents.uploadContent(text, 'text', `${folder}/${name}`);
  }
}

export function node(page: Page, id: string): Locator {
  return page.locator(`[data-mlops-node="${id}"]`);
}

/** Drag a file from the file browser to a place on the canvas, given as shares of its size. */
export async function dropFile(
  page: Page,
  name: string,
  at: readonly [x: number, y: number]
): Promise<void> {
  const item = page.locator('.jp-DirListing-item', { hasText: name }).first();
  await item.waitFor();
  const from = await box(item);
  const canvas = await box(page.locator('.mlops-Shell-canvas'));
  await page.mouse.move(from.x + 40, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + 40, { steps: 5 });
  await page.mouse.move(
    canvas.x + canvas.width * at[0],
    canvas.y + canvas.height * at[1],
    { steps: 10 }
  );
  await page.mouse.up();
}

/** Draw an edge with the mouse, from the right side of one node to the left side of another. */
export async function connect(
  page: Page,
  source: string,
  target: string
): Promise<void> {
  const start = await box(node(page, source).locator('.react-flow__handle.source'));
  const end = await box(node(page, target).locator('.react-flow__handle.target'));
  await page.mouse.move(start.x + start.width / 2, start.y + start.height / 2);
  await page.mouse.down();
  await page.mouse.move(end.x - 30, end.y + end.height / 2, { steps: 8 });
  await page.mouse.move(end.x + end.width / 2, end.y + end.height / 2, {
    steps: 8
  });
  await page.mouse.up();
}

export async function expectState(
  page: Page,
  id: string,
  state: string,
  timeout = 60000
): Promise<void> {
  await expect(node(page, id)).toHaveAttribute('data-state', state, { timeout });
}

/** Keep a picture for people; where none are wanted, do nothing. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.MLOPS_PICTURES;
  if (folder) {
    await page.screenshot({ path: `${folder}/${name}.png` });
  }
}

async function box(
  locator: Locator
): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await locator.boundingBox();
  if (!found) {
    throw new Error(`${String(locator)} is not on the screen.`);
  }
  return found;
}
