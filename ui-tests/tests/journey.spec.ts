/** A new user's first minutes: draw three notebooks, run them, open what came out. */
import { expect, galata, test } from './fixtures';

import {
  box,
  connect,
  dropFile,
  expectState,
  node,
  notebook,
  picture,
  upload
} from './hand';

test.use({
  // The Simple Interface and toasts of JupyterLab's own are not what is tried here.
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' }
  }
});

test('draw three notebooks, run them, open the results @base-url', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, {
    'load.ipynb': notebook(
      ['parameters', 'rows = 3'],
      'import time\ntime.sleep(0.5)',
      'open("numbers.txt", "w").write("\\n".join(str(n) for n in range(rows)))',
      ['results', 'count = rows']
    ),
    'double.ipynb': notebook(
      'numbers = [2 * int(line) for line in open("numbers.txt")]\nnumbers',
      ['results', 'largest = max(numbers)']
    ),
    'report.ipynb': notebook('print("the report is written")')
  });
  await page.filebrowser.openDirectory(tmpPath);

  await page.locator('.jp-LauncherCard[title*="pipeline" i]').first().click();
  await expect(page.locator('.mlops-Shell')).toBeVisible();
  await picture(page, 'empty');

  await dropFile(page, 'load.ipynb', [0.2, 0.3]);
  await expect(node(page, 'load')).toBeVisible();
  // Where it was dropped, it stays.
  const canvas = await box(page.locator('.mlops-Shell-canvas'));
  const load = await box(node(page, 'load'));
  expect((load.x + load.width / 2 - canvas.x) / canvas.width).toBeCloseTo(0.2, 1);
  expect((load.y + load.height / 2 - canvas.y) / canvas.height).toBeCloseTo(0.3, 1);
  await dropFile(page, 'double.ipynb', [0.5, 0.5]);
  await dropFile(page, 'report.ipynb', [0.75, 0.25]);
  await expect(page.locator('[data-mlops-node]')).toHaveCount(3);
  await connect(page, 'load', 'double');
  await connect(page, 'double', 'report');
  await expect(page.locator('.react-flow__edge')).toHaveCount(2);

  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('mlops:run');
  });
  await expectState(page, 'load', 'running');
  await picture(page, 'running');
  for (const id of ['load', 'double', 'report']) {
    await expectState(page, id, 'succeeded');
  }

  // What Run saved is on the disk, and is what the canvas shows.
  const { content } = (await page.evaluate(
    path => window.jupyterapp.serviceManager.contents.get(path, { type: 'file', format: 'text', content: true }),
    `${tmpPath}/untitled.pipeline`
  )) as { content: string };
  expect(Object.keys(JSON.parse(content).nodes)).toEqual(['double', 'load', 'report']);
  expect(JSON.parse(content).edges).toEqual([
    { from: 'double', to: 'report' },
    { from: 'load', to: 'double' }
  ]);

  // The results of a node, in the drawer.
  await node(page, 'double').click();
  await page.getByRole('tab', { name: 'Results' }).click();
  await expect(page.locator('.mlops-Drawer-content')).toContainText('largest');
  await picture(page, 'results');

  // The executed notebook, read-only, in JupyterLab's own view; the source is as it was.
  const run = await page.evaluate(async () => {
    const { runs } = await (
      await fetch(
        `${document.location.pathname.replace(/lab.*$/, '')}mlops/runs?limit=1`
      )
    ).json();
    return runs[0].id as string;
  });
  await page.evaluate(
    async id => {
      await window.jupyterapp.commands.execute('mlops:open-executed', { run: id, node: 'report' });
    },
    run
  );
  await expect(page.locator('.jp-NotebookPanel:visible')).toContainText('the report is written', {
    timeout: 30000
  });
  await picture(page, 'executed');
  const source = (await page.evaluate(
    path => window.jupyterapp.serviceManager.contents.get(path),
    `${tmpPath}/report.ipynb`
  )) as { content: { cells: { outputs: unknown[] }[] } };
  expect(source.content.cells[0].outputs).toEqual([]);

  // The Runs panel has it, and every part of it can be opened there.
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('mlops:show-runs');
  });
  await expect(page.locator(`[data-mlops-run="${run}"]`)).toHaveAttribute('data-state', 'succeeded');
  await picture(page, 'runs-panel');
});
