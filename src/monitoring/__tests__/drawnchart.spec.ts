import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';

import { DrawnChart } from '../drawnchart';

class SeenAtOnce {
  constructor(private readonly _tell: (entries: object[]) => void) {}
  observe(): void {
    this._tell([{ isIntersecting: true }]);
  }
  disconnect(): void {
    // It tells once.
  }
}

class NoSize {
  observe(): void {
    // Nothing changes its size here.
  }
  disconnect(): void {
    // As above.
  }
}

/** A renderer that only keeps what it was given. */
function aRegistry(drawn: object[]): IRenderMimeRegistry {
  return {
    createRenderer: () =>
      Object.assign(new Widget(), {
        renderModel: (model: object) => {
          drawn.push(model);
          return Promise.resolve();
        }
      }),
    createModel: (options: object) => options
  } as unknown as IRenderMimeRegistry;
}

function aPlace(): HTMLElement {
  const host = document.createElement('div');
  Object.defineProperty(host, 'clientWidth', { value: 400 });
  document.body.append(host);
  return host;
}

beforeEach(() => {
  Object.assign(globalThis, {
    IntersectionObserver: SeenAtOnce,
    ResizeObserver: NoSize
  });
});

it('draws the charts after one that cannot be made, and tells of that one', async () => {
  const drawn: object[] = [];
  const failures: (string | null)[] = [];
  const tools = { rendermime: aRegistry(drawn), themes: null };
  const charts = [
    new DrawnChart(
      aPlace(),
      tools,
      () => {
        throw new Error('no such mark');
      },
      failure => failures.push(failure)
    ),
    new DrawnChart(
      aPlace(),
      tools,
      () => ({ mark: 'point' }),
      failure => failures.push(failure)
    )
  ];
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(drawn).toHaveLength(1);
  expect(failures).toEqual(['Error: no such mark', null]);
  charts.forEach(chart => chart.dispose());
});
