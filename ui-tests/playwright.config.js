/**
 * Galata's configuration for a real server with the extension, in the Chromium
 * named by CHROMIUM_PATH. MLOPS_UI_PORT and MLOPS_UI_BASE_URL say where the
 * server listens. What needs jupyter-collaboration is run where
 * MLOPS_UI_COLLABORATION says that the server has it, and nothing else is then.
 */
const { mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const baseConfig = require('@jupyterlab/galata/lib/playwright-config');

// The server, and the commands that tests run, note where runs are: not where
// the person who runs the tests has theirs. Workers inherit what is set here.
process.env.MLOPS_UI_STATE ??= mkdtempSync(join(tmpdir(), 'mlops-ui-state-'));
process.env.XDG_STATE_HOME = process.env.MLOPS_UI_STATE;

const port = process.env.MLOPS_UI_PORT || '8899';
// Without a slash at its end: Galata adds one.
const basePath = (process.env.MLOPS_UI_BASE_URL || '/').replace(/\/*$/, '');
const baseURL = `http://127.0.0.1:${port}${encodeURI(decodeURI(basePath))}`;

module.exports = {
  ...baseConfig,
  testDir: './tests',
  [process.env.MLOPS_UI_COLLABORATION ? 'grep' : 'grepInvert']:
    /@collaboration/,
  timeout: 120 * 1000,
  workers: 1,
  // What fails now and then is broken now and then.
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: 'line',
  use: {
    ...baseConfig.use,
    baseURL,
    video: 'off',
    trace: 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    }
  },
  webServer: {
    command: 'jlpm start',
    url: `${baseURL}/lab`,
    timeout: 120 * 1000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10 * 1000 },
    reuseExistingServer: !process.env.CI
  }
};
