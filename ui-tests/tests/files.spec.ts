/** Files as they come: broken ones are left alone and explained, hostile ones are shown as text. */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expect, test } from './fixtures';

import {
  ask,
  command,
  expectState,
  lastRun,
  node,
  notebook,
  open,
  pictures,
  textOf,
  tool,
  upload
} from './hand';

const BROKEN = {
  'merge.pipeline': {
    text: '{\n  "version": 1,\n<<<<<<< HEAD\n  "nodes": {},\n=======\n  "nodes": {"a": {}},\n>>>>>>> other\n  "edges": []\n}\n',
    says: ['unfinished merge', 'line 3'],
    format: 'left as it is'
  },
  'json.pipeline': {
    text: '{"version": 1, "nodes": {,}, "edges": []}',
    says: ['Line 1, column 26', 'line 1'],
    format: 'left as it is'
  },
  'elyra.pipeline': {
    text: '{\r\n  "doc_type": "pipeline", "version": "3.0", "json_schema": "http://api.dataplatform.ibm.com/schemas/common-pipeline/pipeline-flow/pipeline-flow-v3-schema.json", "id": "x",\r\n "primary_pipeline": "p", "schemas": [], "pipelines": [{"id": "p", "nodes": [], "app_data": {"version": 8, "runtime_type": "APACHE_AIRFLOW", "ui_data": {"comments": []}}, "runtime_ref": ""}]}',
    says: [],
    format: 'a pipeline of Elyra'
  }
} as const;

test('what cannot be read is explained, and not a byte of it changes', async ({
  page,
  tmpPath
}) => {
  for (const [name, { text, says, format }] of Object.entries(BROKEN)) {
    const path = `${tmpPath}/${name}`;
    await upload(page, tmpPath, { [name]: text });
    const sheet = await open(page, path);
    await expect(sheet).toContainText(`${name} cannot be shown as a pipeline`);
    await expect(sheet).toContainText(format);
    for (const sentence of says) {
      await expect(sheet).toContainText(sentence);
    }
    await expect(sheet.locator('li')).not.toHaveCount(0);
    await expect(tool(page, 'Save the pipeline')).toBeDisabled();
    await expect(tool(page, 'Run')).toBeDisabled();
    await pictures(page, name.replace('.', '-'));
    await sheet.getByRole('button', { name: 'Validate again' }).click();
    await page.keyboard.press('Control+s');
    await expect(sheet).toBeVisible();
    expect(await textOf(page, path)).toBe(text);
    await command(page, 'application:close');
    await expect(page.locator('.mlops-Unreadable')).toHaveCount(0);
    expect(await textOf(page, path)).toBe(text);
  }

  // In the text editor it is mended, and then it is a pipeline.
  const path = `${tmpPath}/json.pipeline`;
  const sheet = await open(page, path);
  await sheet.getByRole('button', { name: 'Open in text editor' }).click();
  const editor = page.locator('.jp-FileEditor:visible .cm-content');
  await expect(editor).toContainText('{,}');
  await editor.fill('{"version": 1, "nodes": {}, "edges": []}');
  await page.keyboard.press('Control+s');
  await expect(page.locator('.mlops-Shell:visible')).toBeVisible();
  await expect(page.locator('.mlops-Unreadable')).toHaveCount(0);
});

const IMG = '<img src=x onerror="window.pwned=1">';
const BUTTON =
  '<button data-commandlinker-command="apputils:reset" data-commandlinker-args="{}">press</button>';
const HOSTILE = [
  IMG,
  '<script>window.pwned=1</script>',
  '<svg/onload=window.pwned=1>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<details open ontoggle=window.pwned=1>',
  '<style>*{display:none}</style>',
  '<form action="javascript:window.pwned=1"><input autofocus onfocus=window.pwned=1></form>',
  '[link](javascript:window.pwned=1)',
  '<a href="javascript:window.pwned=1">link</a>',
  '[link](data:text/html,<script>window.pwned=1</script>)',
  '![x](x" onerror="window.pwned=1)',
  BUTTON,
  '<a data-commandlinker-command="filebrowser:delete" href="#">x</a>',
  '"><b>bold</b>',
  "' onmouseover='window.pwned=1",
  '`${window.pwned=1}`',
  '{{constructor.constructor("window.pwned=1")()}}',
  '%1 %2 %s {0}',
  '\u202egnp.exe',
  '\u2066hidden\u2069\u200b',
  '\u001b[31mred\u001b]8;;javascript:window.pwned=1\u0007link\u001b]8;;\u0007',
  '&lt;img src=x onerror=window.pwned=1&gt;',
  '<math><mtext><img src=x onerror=window.pwned=1></mtext></math>',
  '$\\href{javascript:window.pwned=1}{x}$',
  '<img src=x onerror=window.pwned=1//',
  '<template><img src=x onerror=window.pwned=1></template>',
  '__proto__',
  'constructor',
  'כותרת עם עברית',
  'a very long name '.repeat(40)
];

test('hostile text is text, wherever it stands', async ({ page, tmpPath }) => {
  const path = `${tmpPath}/hostile.pipeline`;
  const log = JSON.stringify(HOSTILE.join('\n'));
  const nodes = Object.fromEntries(
    HOSTILE.map((text, index) => [
      `n${index}`,
      {
        type: 'notebook',
        label: text.slice(0, 200),
        path: 'quiet.ipynb',
        description: text,
        disabled: index > 0,
        parameters: { text }
      }
    ])
  );
  await upload(page, tmpPath, {
    'quiet.ipynb': notebook(
      ['parameters', 'text = ""'],
      `print(${log})`,
      ['results', `html = ${log}\nimage = ${JSON.stringify(IMG)}\ntext_again = text`],
      `raise ValueError(${log})`
    ),
    'hostile.pipeline': `${JSON.stringify(
      {
        version: 1,
        description: HOSTILE.join(' '),
        parameters: {
          constructor: { type: 'string', default: IMG, description: BUTTON }
        },
        nodes,
        edges: [],
        comments: Object.fromEntries(
          HOSTILE.map((text, index) => [`c${index}`, { text }])
        )
      },
      null,
      2
    )}\n`
  });
  await open(page, path);
  await expect(page.locator('[data-mlops-node]:visible')).toHaveCount(
    HOSTILE.length
  );
  await expect(node(page, 'n0')).toHaveAttribute(
    'aria-label',
    /<img src=x onerror/
  );
  await expectHarmless(page);
  await pictures(page, 'hostile');

  await command(page, 'mlops:run');
  await expectState(page, 'n0', 'failed');
  await expect(page.locator('.mlops-Log:visible')).toContainText('ValueError');
  await expectHarmless(page);
  for (const name of ['Results', /^Run/, /^Problems/]) {
    await page.locator('.mlops-Drawer:visible').getByRole('tab', { name }).click();
    await expectHarmless(page);
  }
  await page.locator('.mlops-Drawer:visible').getByRole('tab', { name: 'Results' }).click();
  await expect(page.locator('.mlops-Results:visible')).toContainText(IMG);
  await pictures(page, 'hostile-results');

  // The panel of properties, for the first node and for the pipeline.
  if (!(await page.locator('.mlops-Properties:visible').isVisible())) {
    await page.getByRole('button', { name: 'Open the properties' }).click();
  }
  await expect(page.locator('.mlops-Properties:visible h2')).toContainText(IMG);
  await expectHarmless(page);

  // The Runs panel, a past run, and the executed notebook as a page.
  const run = await lastRun(page, path);
  await command(page, 'mlops:show-run', { id: run, node: 'n0' });
  await expect(page.locator(`[data-mlops-run="${run}"] .mlops-Log`)).toContainText('ValueError');
  await expectHarmless(page);
  await pictures(page, 'hostile-runs');
  await command(page, 'mlops:open-run', { id: run });
  await expect(page.locator('.mlops-Band')).toBeVisible();
  await expectHarmless(page);
  const results = await ask<{ nodes: { n0: { results: object } } }>(page, `runs/${run}`);
  expect(results.nodes.n0.results).toMatchObject({ text_again: IMG, image: IMG });
});

/** Nothing ran, and no text has become an element of ours. */
async function expectHarmless(page: IJupyterLabPageFixture): Promise<void> {
  const found = await page.evaluate(() => {
    const ours = document.querySelectorAll(
      '.mlops-Pipeline, .mlops-PastRun, .mlops-Runs, .jp-Dialog'
    );
    const bad =
      '[data-commandlinker-command], script, iframe, form[action], img[onerror], [onerror], [onload], [ontoggle], [onfocus], [onmouseover], a[href^="javascript:" i], a[href^="data:" i]';
    return {
      pwned: 'pwned' in window,
      bad: Array.from(ours).flatMap(element =>
        Array.from(element.querySelectorAll(bad)).map(each => each.outerHTML)
      )
    };
  });
  expect(found).toEqual({ pwned: false, bad: [] });
}
