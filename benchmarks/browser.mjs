/**
 * The browser's part of benchmarks/browser.py: opens pipelines in a real JupyterLab and reports what it saw as one
 * line of JSON. Asked by `{action: "paint" | "latency" | "monitor", url, …}` in its first argument.
 */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

const require = createRequire(new URL('../ui-tests/package.json', import.meta.url));
const { chromium } = require('@playwright/test');
const options = JSON.parse(process.argv[2]);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync']
});

/** A page with JupyterLab ready and nothing open. */
async function lab() {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(`${options.url}/lab?reset`);
  await page.waitForSelector('#jupyterlab-splash', { state: 'detached', timeout: 60000 });
  await page.waitForSelector('.jp-LauncherCard', { timeout: 60000 });
  return page;
}

/** Milliseconds from the command that opens the pipeline to a painted frame with all nodes, their names, and all edges. */
function open(page, pipeline, nodes, edges) {
  return page.evaluate(
    async ({ pipeline, nodes, edges }) => {
      const app = window.jupyterapp;
      const start = performance.now();
      void app.commands.execute('docmanager:open', { path: pipeline });
      const isSeen = element =>
        element.textContent.trim() !== '' && getComputedStyle(element).visibility === 'visible';
      const all = selector => [...document.querySelectorAll(selector)];
      const there = () =>
        all('[data-mlops-node]').length >= nodes &&
        all('.react-flow__edge-path').length >= edges &&
        all('[data-mlops-node]').every(isSeen) &&
        all('.react-flow__edge-path').every(path => path.getAttribute('d') !== '');
      while (!there()) {
        if (performance.now() - start > 30000) {
          throw new Error('The pipeline was not painted within 30 s.');
        }
        await new Promise(requestAnimationFrame);
      }
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    },
    { pipeline, nodes, edges }
  );
}

async function paint() {
  const first = [];
  const again = [];
  let gzip = 0;
  for (let number = 0; number < options.pages; number++) {
    const page = await lab();
    const scripts = new Map();
    page.on('response', async response => {
      if (/\/lab\/extensions\/mlops-ext\/.*\.js/.test(response.url())) {
        scripts.set(response.url(), await response.body().catch(() => Buffer.alloc(0)));
      }
    });
    const early = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(entry => entry.name).filter(name => /extensions\/mlops-ext\/.*\.js/.test(name))
    );
    first.push(await open(page, options.pipeline, options.nodes, options.edges));
    for (const url of early) {
      scripts.set(url, await (await page.request.get(url)).body());
    }
    gzip = [...scripts.values()].reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    await page.evaluate(() => window.jupyterapp.commands.execute('application:close-all'));
    await page.waitForSelector('[data-mlops-node]', { state: 'detached' });
    again.push(await open(page, options.pipeline, options.nodes, options.edges));
    await page.close();
  }
  return { first, again, gzip: [gzip] };
}

async function latency() {
  const page = await lab();
  await open(page, options.pipeline, 1, 0);
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver(changes => {
      const now = Date.now();
      for (const change of changes) {
        const node = change.target;
        window.seen.push([node.dataset.mlopsNode, node.dataset.state, now]);
      }
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
  });
  await page.evaluate(() => window.jupyterapp.commands.execute('mlops:run'));
  const ids = async () => (await (await page.request.get(`${options.url}/mlops/runs?limit=1`)).json()).runs[0];
  await page.waitForFunction(() => window.seen.length > 6, null, { timeout: 60000 });
  let run = await ids();
  let since = 0;
  if (options.cut) {
    since = Date.now();
    console.log('CUT');
  }
  const end = Date.now() + 120000;
  while (['queued', 'running'].includes(run.state) && Date.now() < end) {
    await new Promise(resolve => setTimeout(resolve, 500));
    run = await ids().catch(() => run);
  }
  await new Promise(resolve => setTimeout(resolve, 1500));
  const { events } = await (await page.request.get(`${options.url}/mlops/runs/${run.id}/events?after=0`)).json();
  const seen = await page.evaluate(() => window.seen);
  const waits = [];
  for (const event of events) {
    const state = event.data.state;
    const committed = Date.parse(event.time);
    if (event.node === null || (state !== 'running' && state !== 'succeeded') || committed < since) {
      continue;
    }
    // A node that was done before the page heard that it ran was never shown running: a later state tells it, too.
    const telling = state === 'running' ? ['running', 'succeeded'] : ['succeeded'];
    const shown = seen.find(
      ([node, what, when]) => node === event.node && telling.includes(what) && when >= committed - 50
    );
    waits.push(shown ? shown[2] - committed : 10000);
  }
  if (waits.length === 0) {
    throw new Error('No event was seen.');
  }
  return { waits };
}

/** Milliseconds from the command that opens the monitor to a painted frame with all charts that are in view. */
function openMonitor(page, monitor) {
  return page.evaluate(async monitor => {
    const start = performance.now();
    void window.jupyterapp.commands.execute('mlops:open-monitor', { path: monitor });
    const isPainted = () => {
      const view = document.querySelector('.mlops-MonitorView:not(.lm-mod-hidden)');
      const rows = view?.querySelectorAll('[data-mlops-batch]') ?? [];
      const bottom = view?.getBoundingClientRect().bottom ?? 0;
      const charts = [...(view?.querySelectorAll('.mlops-Chart-drawing') ?? [])].filter(
        chart => chart.getBoundingClientRect().top < bottom
      );
      return rows.length > 0 && charts.length > 2 && charts.every(chart => chart.querySelector(':scope > :not(.mlops-mod-coming) canvas'));
    };
    while (!isPainted()) {
      if (performance.now() - start > 30000) {
        throw new Error('The monitor was not painted within 30 s.');
      }
      await new Promise(requestAnimationFrame);
    }
    await new Promise(requestAnimationFrame);
    return performance.now() - start;
  }, monitor);
}

async function monitor() {
  const first = [];
  const again = [];
  for (let number = 0; number < options.pages; number++) {
    const page = await lab();
    first.push(await openMonitor(page, options.monitor));
    await page.evaluate(() => window.jupyterapp.commands.execute('application:close-all'));
    await page.waitForSelector('.mlops-MonitorView', { state: 'detached' });
    again.push(await openMonitor(page, options.monitor));
    await page.close();
  }
  return { first, again };
}

const answer = await { paint, latency, monitor }[options.action]();
await browser.close();
console.log(JSON.stringify(answer));
