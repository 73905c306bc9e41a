import { expect, test } from './fixtures';

/** Load the page in the test itself, so that no message is missed. */
test.use({ autoGoto: false });

test('JupyterLab starts with the extension and without its errors @base-url', async ({
  page
}) => {
  const problems: string[] = [];
  page.on('console', message => {
    const text = message.text();
    if (/Failed to load toolbar/.test(text)) {
      problems.push(text);
    }
    if (message.type() === 'error' && /mlops/i.test(text)) {
      problems.push(text);
    }
  });

  await page.goto();

  const plugins = await page.evaluate(() =>
    window.jupyterapp.listPlugins().filter(id => id.startsWith('mlops-ext:'))
  );
  expect(plugins.length).toBeGreaterThan(0);
  expect(problems).toEqual([]);
});
