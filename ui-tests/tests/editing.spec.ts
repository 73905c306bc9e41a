/** Changing a pipeline by mouse, keyboard and form: each change is seen, undone, and written exactly. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect, test } from './fixtures';

import {
  command,
  connect,
  node,
  notebook,
  open,
  pictures,
  pipeline,
  textOf,
  tool,
  upload
} from './hand';

type Page = IJupyterLabPageFixture;

const edges = (page: Page) => page.locator('.react-flow__edge-wire:visible');
const cards = (page: Page) => page.locator('[data-mlops-node]:visible');
const tab = (page: Page) =>
  page.locator('.lm-DockPanel .lm-TabBar-tab.lm-mod-current.jp-mod-current');
const canvas = (page: Page) => page.locator('.mlops-Shell-canvas:visible');
const properties = (page: Page) => page.locator('.mlops-Properties:visible');

/** Three notebooks side by side; two are connected. */
const THREE = pipeline(
  {
    a: { type: 'notebook', path: 'a.ipynb' },
    b: { type: 'notebook', path: 'b.ipynb' },
    c: { type: 'notebook', path: 'c.ipynb' }
  },
  [{ from: 'a', to: 'b' }],
  {}
).replace(/\n}\n$/, ',\n  "layout": {\n    "a": [\n      0,\n      0\n    ],\n    "b": [\n      280,\n      80\n    ],\n    "c": [\n      560,\n      0\n    ]\n  }\n}\n');

const NOTEBOOKS = {
  'a.ipynb': notebook('1', ['results', 'auc = 0.9']),
  'b.ipynb': notebook('2'),
  'c.ipynb': notebook('3')
};

async function save(page: Page): Promise<void> {
  await page.keyboard.press('Control+s');
  await expect(tab(page)).not.toHaveClass(/jp-mod-dirty/);
}

test('every change can be undone, by keyboard and by command', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, { ...NOTEBOOKS, 'edit.pipeline': THREE });
  const path = `${tmpPath}/edit.pipeline`;
  await open(page, path);
  await expect(cards(page)).toHaveCount(3);
  await expect(edges(page)).toHaveCount(1);
  await expect(tab(page)).not.toHaveClass(/jp-mod-dirty/);

  // Saved without a change, not a byte differs.
  await page.evaluate(async () => {
    await window.jupyterapp.commands.execute('docmanager:save');
  });
  expect(await textOf(page, path)).toBe(THREE);

  await connect(page, 'b', 'c');
  await expect(edges(page)).toHaveCount(2);
  await expect(tab(page)).toHaveClass(/jp-mod-dirty/);
  await page.keyboard.press('Control+z');
  await expect(edges(page)).toHaveCount(1);
  await page.keyboard.press('Control+Shift+z');
  await expect(edges(page)).toHaveCount(2);
  await command(page, 'mlops:undo');
  await expect(edges(page)).toHaveCount(1);
  await command(page, 'mlops:redo');
  await expect(edges(page)).toHaveCount(2);
  await tool(page, 'Undo the last change of the pipeline').click();
  await expect(edges(page)).toHaveCount(1);
  await tool(page, 'Redo what was undone').click();
  await expect(edges(page)).toHaveCount(2);

  // A node goes with its edges and comes back with them.
  await node(page, 'b').click();
  await page.keyboard.press('Delete');
  await expect(cards(page)).toHaveCount(2);
  await expect(edges(page)).toHaveCount(0);
  await page.keyboard.press('Control+z');
  await expect(cards(page)).toHaveCount(3);
  await expect(edges(page)).toHaveCount(2);

  // Each key counts, also where it is pressed before the picture has changed.
  await node(page, 'b').click();
  for (let time = 0; time < 3; time++) {
    for (const key of ['Control+a', 'Delete', 'Control+z']) {
      await page.keyboard.press(key);
    }
  }
  await expect(cards(page)).toHaveCount(3);
  await expect(edges(page)).toHaveCount(2);

  // An edge alone.
  await page.locator('[data-id="b→c"], .react-flow__edge-wire').last().focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  await expect(edges(page)).toHaveCount(1);
  await page.keyboard.press('Control+z');
  await expect(edges(page)).toHaveCount(2);

  await save(page);
  expect(await textOf(page, path)).toBe(
    THREE.replace(
      /("edges": \[[\s\S]*?"to": "b"\n {4}\})/,
      '$1,\n    {\n      "from": "b",\n      "to": "c"\n    }'
    )
  );
});

test('copy, duplicate, rename, comment, arrange, connect by keyboard', async ({
  page,
  tmpPath
}) => {
  await upload(page, tmpPath, { ...NOTEBOOKS, 'edit.pipeline': THREE });
  const path = `${tmpPath}/edit.pipeline`;
  await open(page, path);
  await node(page, 'a').click();
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');
  await expect(cards(page)).toHaveCount(4);
  await page.keyboard.press('Control+d');
  await expect(cards(page)).toHaveCount(5);
  await page.keyboard.press('Control+a');
  await expect(page.locator('[data-mlops-node].selected:visible')).toHaveCount(5);
  await page.keyboard.press('Control+d');
  await expect(cards(page)).toHaveCount(10);
  await expect(edges(page)).toHaveCount(2);
  for (const count of [5, 4, 3]) {
    await page.keyboard.press('Control+z');
    await expect(cards(page)).toHaveCount(count);
  }
  await expect(edges(page)).toHaveCount(1);

  await node(page, 'b').click();
  await page.keyboard.press('F2');
  const dialog = page.locator('.jp-Dialog');
  await dialog.locator('input').fill('Train the model');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(node(page, 'b')).toContainText('Train the model');

  // Draw an edge without a mouse: the key, and the name of the other node.
  await node(page, 'b').focus();
  await page.keyboard.press('c');
  await expect(dialog).toContainText('Connect Train the model (b) to');
  await expect(dialog.locator('option')).toHaveText(['c']);
  await page.keyboard.press('Enter');
  await expect(edges(page)).toHaveCount(2);

  // Three out of order are put in order, from left to right.
  await command(page, 'mlops:arrange');
  const left = async (id: string) => (await node(page, id).boundingBox())!;
  await expect
    .poll(async () => {
      const [a, b, c] = [await left('a'), await left('b'), await left('c')];
      return a.x + a.width < b.x && b.x + b.width < c.x && Math.abs(a.y - c.y) < 2;
    })
    .toBe(true);

  await command(page, 'mlops:add-comment');
  const note = page.locator('[data-mlops-comment]:visible');
  await expect(note).toHaveCount(1);
  await note.dblclick();
  await note.locator('textarea').fill('Look at **this** first');
  await page.keyboard.press('Control+Enter');
  await expect(note.locator('strong')).toHaveText('this');
  await pictures(page, 'edited');

  await save(page);
  const saved = JSON.parse(await textOf(page, path)) as {
    nodes: Record<string, { label?: string }>;
    edges: object[];
    comments: Record<string, { text: string }>;
  };
  expect(saved.nodes.b.label).toBe('Train the model');
  expect(saved.edges).toEqual([
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' }
  ]);
  expect(Object.values(saved.comments)).toEqual([
    { text: 'Look at **this** first' }
  ]);
});

test('the panel sets what a notebook declares, links it, and names what is missing', async ({
  page,
  tmpPath
}) => {
  const path = `${tmpPath}/form.pipeline`;
  await upload(page, tmpPath, {
    'train.ipynb': notebook(
      ['parameters', 'depth: int = 3\nrate = 0.5\nname = "tree"'],
      ['results', 'auc = 0.9']
    ),
    'after.ipynb': notebook('1'),
    'form.pipeline': pipeline(
      {
        after: { type: 'notebook', path: 'after.ipynb', kernel: 'no-such-kernel' },
        lost: { type: 'notebook', path: 'lost.ipynb' },
        train: { type: 'notebook', path: 'train.ipynb' }
      },
      [
        {
          from: 'train',
          to: 'after',
          when: { result: 'auc', op: '>=', value: 0.8 }
        }
      ],
      { parameters: { seed: { type: 'integer', default: 7 } } }
    )
  });
  await open(page, path);
  await expect(page.locator('.mlops-wire-label:visible')).toHaveText('auc ≥ 0.8');
  await expect(tool(page, '2 problems')).toBeVisible();

  // A missing file: the badge leads to the field.
  await node(page, 'lost').getByRole('button', { name: '1 problem' }).click();
  const panel = properties(page);
  const field = panel.locator('[data-mlops-field="/nodes/lost/path"]');
  await expect(field).toContainText('lost.ipynb');
  await expect(field.locator(':focus')).toHaveCount(1);
  await expect(field).toHaveClass(/mlops-mod-wrong/);
  await pictures(page, 'problem-field');

  // A missing kernel is named, and another can be chosen.
  await node(page, 'after').click();
  const kernel = panel.locator('[data-mlops-field="/nodes/after/kernel"]');
  await expect(kernel).toContainText('no-such-kernel');
  await expect(kernel).toHaveClass(/mlops-mod-wrong/);
  await kernel.locator('select').selectOption('python3');
  await expect(kernel).not.toHaveClass(/mlops-mod-wrong/);
  await expect(tool(page, '1 problem')).toBeVisible();

  // What the notebook declares, with its default; a value, and a link.
  await node(page, 'train').click();
  const depth = panel.locator('[data-mlops-field="/nodes/train/parameters/depth"]');
  const rate = panel.locator('[data-mlops-field="/nodes/train/parameters/rate"]');
  await expect(depth.locator('input')).toHaveAttribute('placeholder', '3');
  await expect(rate.locator('input')).toHaveAttribute('placeholder', '0.5');
  await rate.locator('input').fill('0.25');
  await page.keyboard.press('Tab');
  await depth
    .getByRole('button', { name: 'Take the value of depth from elsewhere' })
    .click();
  await depth.locator('select').selectOption('parameter seed');
  await expect(depth.locator('.mlops-Chip')).toContainText('seed ← pipeline');
  await pictures(page, 'parameters');

  await canvas(page).locator('.react-flow__pane').click({ position: { x: 5, y: 5 } });
  await save(page);
  const saved = JSON.parse(await textOf(page, path)) as {
    nodes: Record<string, object>;
  };
  expect(saved.nodes).toEqual({
    after: { type: 'notebook', path: 'after.ipynb', kernel: 'python3' },
    lost: { type: 'notebook', path: 'lost.ipynb' },
    train: {
      type: 'notebook',
      path: 'train.ipynb',
      parameters: { depth: { from: 'parameters.seed' }, rate: 0.25 }
    }
  });

  // The condition of an edge, in the panel, where it can be changed.
  await edges(page).first().focus();
  await page.keyboard.press('Enter');
  await expect(panel).toContainText('after runs after train');
  await panel.getByLabel('Value').fill('0.7');
  await page.keyboard.press('Tab');
  await expect(page.locator('.mlops-wire-label:visible')).toHaveText('auc ≥ 0.7');
});
