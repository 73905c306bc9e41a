/**
 * A chart outside React: JupyterLab's renderer of Vega-Lite in an element of the
 * page, and what makes it draw: that it comes into view, another width, another
 * theme, another content. The old picture stays until the new one is there.
 */
import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { PartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';

import { inTurn } from './drawqueue';
import { paletteOf } from './palette';
import type { Palette } from './palette';

export const CHART_TYPE = 'application/vnd.vegalite.v5+json';

const LEAST_WIDTH = 120;
const NEAR = '300px';
/** The one that is not seen yet. */
const COMING = 'mlops-mod-coming';

/** What charts are drawn with. */
export interface ChartTools {
  rendermime: IRenderMimeRegistry | null;
  themes: IThemeManager | null;
}

/** The chart for a theme and a width; the same function as long as nothing changed. */
export type ChartSpec = (palette: Palette, width: number) => object;

type Renderer = ReturnType<IRenderMimeRegistry['createRenderer']>;

export class DrawnChart {
  constructor(
    readonly host: HTMLElement,
    private readonly _tools: ChartTools,
    private _spec: ChartSpec,
    private readonly _onFailure: (failure: string | null) => void
  ) {
    this._size = new ResizeObserver(() => this._look());
    this._view = new IntersectionObserver(
      entries => {
        this._isNear = entries.at(-1)?.isIntersecting ?? false;
        this._look();
      },
      { rootMargin: NEAR }
    );
    this._size.observe(host);
    this._view.observe(host);
    _tools.themes?.themeChanged.connect(this._onTheme, this);
  }

  /** Show something else. */
  set spec(spec: ChartSpec) {
    if (spec !== this._spec) {
      this._spec = spec;
      this._isStale = true;
      this._look();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._size.disconnect();
    this._view.disconnect();
    this._tools.themes?.themeChanged.disconnect(this._onTheme, this);
    this._renderer?.dispose();
    this._coming?.dispose();
  }

  private _onTheme(): void {
    this._isStale = true;
    // JupyterLab hides its page until the next frame, and then shows the new theme.
    requestAnimationFrame(() => requestAnimationFrame(() => this._look()));
  }

  /** Draw if it is seen, and not as it should be. */
  private _look(): void {
    if (this._isNear && this._isWrong() && !this._isWaiting) {
      this._isWaiting = true;
      inTurn(this.host, async () => {
        this._isWaiting = false;
        if (this._isNear && this._isWrong()) {
          await this._draw();
        }
      });
    }
  }

  private get _place(): number {
    return Math.floor(this.host.clientWidth);
  }

  private _isWrong(): boolean {
    return (
      !this._isDisposed &&
      this._place >= LEAST_WIDTH &&
      (this._isStale || this._place !== this._width)
    );
  }

  private async _draw(): Promise<void> {
    this._isStale = false;
    this._width = this._place;
    // Others wait for their turn behind this one, so nothing may be thrown.
    try {
      const spec = this._spec(paletteOf(this.host), this._width);
      const text = JSON.stringify(spec);
      this._coming =
        text === this._drawn
          ? null
          : (this._tools.rendermime?.createRenderer(CHART_TYPE) ?? null);
      if (this._coming === null) {
        return;
      }
      this._coming.addClass(COMING);
      Widget.attach(this._coming, this.host);
      await render(this._coming, this._tools, spec);
      if (!this._isDisposed) {
        this._show(this._coming);
        this._drawn = text;
        this._onFailure(null);
      }
    } catch (error) {
      if (!this._isDisposed) {
        this._coming?.dispose();
        this._coming = null;
        this._onFailure(String(error));
      }
    }
  }

  private _show(renderer: Renderer): void {
    this._renderer?.dispose();
    this._renderer = renderer;
    this._coming = null;
    renderer.removeClass(COMING);
  }

  private readonly _size: ResizeObserver;
  private readonly _view: IntersectionObserver;
  private _renderer: Renderer | null = null;
  private _coming: Renderer | null = null;
  /** What is on the screen. */
  private _drawn = '';
  private _width = 0;
  private _isStale = true;
  private _isNear = false;
  private _isWaiting = false;
  private _isDisposed = false;
}

/** Load what draws charts, which is large, before there is something to draw. */
export async function prepareCharts(tools: ChartTools): Promise<void> {
  const renderer = tools.rendermime?.createRenderer(CHART_TYPE);
  if (renderer) {
    try {
      await render(renderer, tools, { data: { values: [] }, mark: 'point' });
    } catch {
      // The charts themselves will tell.
    }
    renderer.dispose();
  }
}

async function render(
  renderer: Renderer,
  { rendermime }: ChartTools,
  spec: object
): Promise<void> {
  const model = rendermime?.createModel({
    trusted: true,
    data: {
      [CHART_TYPE]: spec as PartialJSONObject,
      // The renderer draws a second picture for notebooks where there is none.
      'image/png': 'none'
    },
    metadata: {
      [CHART_TYPE]: {
        embed_options: {
          actions: false,
          defaultStyle: false,
          renderer: 'canvas'
        }
      }
    }
  });
  if (model) {
    await renderer.renderModel(model);
  }
}
