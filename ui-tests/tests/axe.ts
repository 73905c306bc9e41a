/** What axe, which looks for barriers, finds on a page. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect } from './fixtures';

type Page = IJupyterLabPageFixture;

interface IViolation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

const PIPELINES = ['.mlops-Pipeline', '.mlops-PastRun', '.mlops-RunsPanel', '.mlops-Runs'];

/** Serious and critical findings of axe in our own parts of the page: those of pipelines, or others. */
export async function violations(page: Page, parts: readonly string[] = PIPELINES): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    await page.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
  }
  const found = await page.evaluate(async parts => {
    const { axe } = window as unknown as {
      axe: {
        run(
          context: object,
          options: object
        ): Promise<{ violations: IViolation[]; passes: object[] }>;
      };
    };
    const include = parts.filter(selector => document.querySelector(selector));
    // The buttons of toolbars are JupyterLab's own elements.
    return axe.run(
      { include, exclude: ['jp-toolbar'] },
      { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }
    );
  }, parts);
  // It has looked: rules were kept.
  expect(found.passes.length).toBeGreaterThan(10);
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) =>
        `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`
      )
    );
}
