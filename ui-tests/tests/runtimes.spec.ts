/** Runtimes are added, tried, changed and removed in their panel. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, galata, test } from './fixtures';

import { ask, command, pictures } from './hand';

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

/** What Airflow tells everybody. */
const OPEN: Record<string, object> = {
  '/api/v2/version': { version: '3.3.2', git_version: null },
  '/api/v2/monitor/health': { metadatabase: { status: 'healthy' } }
};

/** Answers as Airflow does up to the sign-in, which it refuses. */
function strictAirflow(): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const answer = OPEN[request.url ?? ''];
    response.writeHead(answer ? 200 : 401, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? { detail: 'No.' }));
  });
  return new Promise(resolve =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ server, url: `http://127.0.0.1:${port}` });
    })
  );
}

test('add, try, change and remove a runtime', async ({ page }) => {
  const { server, url } = await strictAirflow();
  try {
    const name = `strict-${Date.now().toString(36)}`;
    const SECRET = 'wrong-password-of-a-test';
    await command(page, 'mlops:show-runtimes');
    const panel = page.locator('.mlops-Runtimes:visible');
    await expect(panel.locator('[data-mlops-runtime="local"]')).toBeVisible();
    await panel.getByRole('button', { name: 'Add an Airflow' }).first().click();
    const field = (id: string) => panel.locator(`[data-mlops-field="${id}"]`);
    const save = panel.getByRole('button', { name: 'Save', exact: true });
    await save.click();
    await expect(field('name')).toBeFocused();
    await expect(field('url')).toHaveAttribute('aria-invalid', 'true');
    await field('name').fill(name);
    await field('url').fill(url);
    await field('user').fill('ci');
    await field('secret').fill(SECRET);
    await field('path').fill('/srv/airflow/dags');
    await field('filesUrl').fill('file:///srv/airflow/files');

    // Leaving the form loses nothing.
    await panel.getByRole('button', { name: /^Back to the list/ }).click();
    await expect(panel).toContainText('is not saved');
    await panel.getByRole('button', { name: 'Go on' }).click();
    await expect(field('name')).toHaveValue(name);
    await save.click();

    const row = panel.locator(`[data-mlops-runtime="${name}"]`);
    await expect(row).toHaveAttribute('data-state', 'none');
    expect(JSON.stringify(await ask(page, `runtimes/${name}`))).not.toContain(SECRET);
    await row.getByRole('button', { name: 'Test', exact: true }).click();
    await expect(row.locator('[data-mlops-step="reach"]')).toHaveAttribute('data-state', 'ok');
    await expect(row.locator('[data-mlops-step="sign-in"]')).toHaveAttribute('data-state', 'failed');
    await expect(row.locator('[data-mlops-step="rights"]')).toHaveAttribute('data-state', 'skipped');
    await expect(row).toHaveAttribute('data-state', 'failed');
    await pictures(page, 'runtimes-failed');

    await row.getByRole('button', { name: 'Edit', exact: true }).click();
    await expect(field('secret')).toHaveValue('');
    await field('url').fill('http://127.0.0.1:9');
    await expect(panel).toContainText('Type it again for this one');
    await field('description').fill('For the tests');
    await save.click();
    await expect(row).toContainText('For the tests');
    await expect(row).toHaveAttribute('data-state', 'none');

    await row.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.locator('.jp-Dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(row).toHaveCount(0);
  } finally {
    server.close();
  }
});
