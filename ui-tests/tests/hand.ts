/**
 * What a person's hand does on a pipeline, in one place: files to drop, nodes to connect, runs to await.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Browser, Locator } from '@playwright/test';

import { expect, galata } from './fixtures';

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

/** The text of a pipeline, as a writer of it gives it. */
export function pipeline(
  nodes: Record<string, object>,
  edges: readonly object[] = [],
  more: object = {}
): string {
  const document = { version: 1, ...more, nodes, edges };
  return `${JSON.stringify(document, null, 2)}\n`;
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

/** The text of a file of the server, as its bytes say it. */
export async function textOf(page: Page, path: string): Promise<string> {
  return page.evaluate(async path => {
    const { contents } = window.jupyterapp.serviceManager;
    const options = { type: 'file', format: 'text', content: true } as const;
    return (await contents.get(path, options)).content as string;
  }, path);
}

export async function command(
  page: Page,
  id: string,
  args: Record<string, string | boolean> = {}
): Promise<void> {
  await page.evaluate(
    async ([id, args]) => {
      await window.jupyterapp.commands.execute(id, args);
    },
    [id, args] as const
  );
}

/** Ask our part of the server, as the page does. */
export async function ask<T>(
  page: Page,
  route: string,
  request: { method?: string; body?: object } = {}
): Promise<T> {
  return page.evaluate(
    async ([route, { method = 'GET', body }]) => {
      const base = document.location.pathname.replace(/lab([/?].*)?$/, '');
      const xsrf = /(?:^|; )_xsrf=([^;]+)/.exec(document.cookie)?.[1] ?? '';
      const answer = await fetch(`${base}mlops/${route}`, {
        method,
        body: body && JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', 'X-XSRFToken': xsrf }
      });
      const text = await answer.text();
      return (text ? JSON.parse(text) : null) as T;
    },
    [route, request] as const
  );
}

/** The newest run of a pipeline. */
export async function lastRun(page: Page, path: string): Promise<string> {
  const { runs } = await ask<{ runs: { id: string }[] }>(
    page,
    `runs?limit=1&pipeline=${encodeURIComponent(path)}`
  );
  return runs[0].id;
}

/** Open a pipeline and wait until it is drawn. */
export async function open(page: Page, path: string): Promise<Locator> {
  await command(page, 'docmanager:open', { path });
  const shell = page.locator('.mlops-Shell:visible, .mlops-Unreadable:visible');
  await expect(shell).toBeVisible();
  return shell;
}

/** JupyterLab in a second window, as another person has it. */
export async function secondWindow(options: {
  browser: Browser;
  baseURL: string | undefined;
  tmpPath: string;
}): Promise<Page> {
  const { page } = await galata.newPage({
    ...options,
    appPath: '/lab',
    autoGoto: true,
    mockConfig: true,
    waitForApplication: async helper => {
      await helper.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    }
  } as Parameters<typeof galata.newPage>[0]);
  return page;
}

/** A button in the toolbar of the pipeline in front; its shortcut may follow its name. */
export function tool(page: Page, name: string): Locator {
  return page
    .locator('.mlops-Pipeline:visible .jp-Toolbar')
    .getByRole('button', { name: new RegExp(`^${name}( \\(.+\\))?$`) });
}

export function node(page: Page, id: string): Locator {
  return page.locator(`[data-mlops-node="${id}"]:visible`);
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
  // Hovering waits until nothing moves any more: the canvas may still be fitting itself.
  await node(page, target).hover();
  const handle = node(page, source).locator('.react-flow__handle.source');
  await handle.hover({ force: true });
  const start = await box(handle);
  const end = await box(
    node(page, target).locator('.react-flow__handle.target')
  );
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

/** As picture, in the light and in the dark theme. */
export async function pictures(page: Page, name: string): Promise<void> {
  if (process.env.MLOPS_PICTURES) {
    await picture(page, name);
    await page.theme.setDarkTheme();
    // Charts are drawn again, one after the other.
    await page.waitForTimeout(1500);
    await picture(page, `${name}-dark`);
    await page.theme.setLightTheme();
  }
}

export async function box(
  locator: Locator
): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await locator.boundingBox();
  if (!found) {
    throw new Error(`${String(locator)} is not on the screen.`);
  }
  return found;
}
