/**
 * A model in production as a test tells of it: seeded data (tests/monitoring/scenarios.py) on the server, its
 * batches evaluated, an alert answered.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { expect } from './fixtures';
import { ask, command } from './hand';

type Page = IJupyterLabPageFixture;

const ROOT = resolve(__dirname, '..', '..');
/** A batch is judged in a process of its own, which has pandas to load. */
export const EVALUATED = { timeout: 60000 };

/** A story in a folder of this machine, made by its seed; what is done with it, and then it goes. */
export async function withStory(names: readonly string[], use: (local: string) => Promise<void>): Promise<void> {
  const local = mkdtempSync(join(tmpdir(), 'mlops-story-'));
  try {
    for (const name of names) {
      execFileSync('python', ['-m', 'tests.monitoring.scenarios', name, local], { cwd: ROOT });
    }
    await use(local);
  } finally {
    rmSync(local, { recursive: true });
  }
}

/** Put a story with its first batches on the server; answers with the path of its monitor. */
export async function tell(page: Page, folder: string, name: string, batches: number): Promise<string> {
  await page.contents.createDirectory(folder);
  await withStory([name], async local => {
    const files = readdirSync(local, { withFileTypes: true }).filter(one => one.isFile());
    await put(page, local, folder, files.map(one => one.name));
    await putSome(page, local, folder, 'scored', 0, batches);
  });
  return `${folder}/${name}.monitor`;
}

async function put(page: Page, local: string, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const bytes = readFileSync(join(local, name));
    await page.contents.uploadContent(bytes.toString('base64'), 'base64', `${folder}/${name}`);
  }
}

/** Some of the files of a folder, by their place in its order. */
export async function putSome(
  page: Page,
  local: string,
  folder: string,
  below: string,
  from: number,
  to: number
): Promise<void> {
  await page.contents.createDirectory(`${folder}/${below}`);
  const names = readdirSync(join(local, below)).sort().slice(from, to);
  await put(page, local, folder, names.map(name => `${below}/${name}`));
}

export async function openMonitor(page: Page, path: string): Promise<Locator> {
  await command(page, 'mlops:open-monitor', { path });
  const view = page.locator(`.mlops-MonitorView[data-mlops-monitor="${path}"]`);
  await expect(view.locator('.mlops-Wellness')).toBeVisible();
  return view;
}

/** Press Evaluate all, or Evaluate, and wait until nothing is evaluated any more. */
export async function evaluate(
  page: Page,
  view: Locator,
  path: string,
  batches: number,
  button = 'Evaluate all'
): Promise<void> {
  await page.locator('.mlops-MonitorBar:visible').getByRole('button', { name: button, exact: true }).click();
  await expect
    .poll(async () => {
      const route = `monitors/${encodeURIComponent(path)}`;
      const { evaluating } = await ask<{ evaluating: boolean }>(page, route);
      const { evaluations } = await ask<{ evaluations: object[] }>(page, `${route}/series`);
      return evaluating ? 0 : evaluations.length;
    }, EVALUATED)
    .toBe(batches);
  await expect(view.locator('.mlops-Wellness')).not.toHaveAttribute('data-state', 'running');
}

export async function decide(view: Locator, action: string, why: string): Promise<void> {
  const card = view.locator('.mlops-AlertCard');
  await card.getByRole('button', { name: action, exact: true }).click();
  const form = card.locator('.mlops-DecideForm');
  await form.getByRole('button', { name: action, exact: true }).click();
  await expect(form.getByRole('textbox')).toBeFocused();
  await form.getByRole('textbox').fill(why);
  await form.getByRole('button', { name: action, exact: true }).click();
  await expect(form).toHaveCount(0);
}

/** How the last batch stands in the chart of a check. */
export function standing(view: Locator, check: string): Locator {
  return view.locator(`[data-mlops-check="${check}"] .mlops-TimelinePart-head [role="img"]`);
}
