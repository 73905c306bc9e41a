/**
 * A chart in JupyterLab's own renderer of Vega-Lite, with a sentence and a
 * table of the same numbers for who does not see it. It is drawn when it comes
 * into view, and again when its width or the theme changes.
 */
import type { IThemeManager } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { PartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import React, { useLayoutEffect, useRef, useState } from 'react';

import { paletteOf } from './palette';
import type { Palette } from './palette';

export const CHART_TYPE = 'application/vnd.vegalite.v5+json';

const LEAST_WIDTH = 120;
const NEAR = '300px';

/** What charts are drawn with. */
export interface ChartTools {
  rendermime: IRenderMimeRegistry | null;
  themes: IThemeManager | null;
}

export interface IChartProps {
  tools: ChartTools;
  /** The chart for a theme and a width; the same function as long as nothing changed. */
  spec: (palette: Palette, width: number) => object;
  /** What it shows, in a sentence. */
  label: string;
  /** How high it is, so that nothing jumps when it is drawn. */
  height: number;
  table: ChartTable;
  trans: TranslationBundle;
}

export interface ChartTable {
  head: readonly string[];
  rows: () => readonly (readonly string[])[];
}

export function Chart(props: IChartProps): React.JSX.Element {
  const { tools, spec, label, height, table, trans } = props;
  const host = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState<string | null>(null);

  // Before React takes the host away: a widget must leave a page it is in.
  useLayoutEffect(() => {
    if (!host.current || !tools.rendermime) {
      return undefined;
    }
    const drawn = new DrawnChart(host.current, tools, spec, setFailure);
    return () => drawn.dispose();
  }, [tools, spec]);

  return (
    <figure className="mlops-Chart">
      <div
        ref={host}
        className="mlops-Chart-drawing"
        role="img"
        aria-label={label}
        style={{ minHeight: height }}
      />
      {failure === null && tools.rendermime ? null : (
        <p className="mlops-mod-hint">
          {trans.__('The chart cannot be drawn: its numbers are in the table.')}
        </p>
      )}
      <ChartNumbers table={table} label={label} trans={trans} />
    </figure>
  );
}

function ChartNumbers(props: {
  table: ChartTable;
  label: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { table, label, trans } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="mlops-Chart-numbers"
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('As a table')}</summary>
      {isOpen ? (
        <div className="mlops-Chart-table">
          <table aria-label={label}>
            <thead>
              <tr>
                {table.head.map(name => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows().map((row, index) => (
                <tr key={index}>
                  {row.map((cell, column) =>
                    column === 0 ? (
                      <th key={column} scope="row">
                        {cell}
                      </th>
                    ) : (
                      <td key={column}>{cell}</td>
                    )
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}

/** The chart outside React: the renderer, and what makes it draw again. */
class DrawnChart {
  constructor(
    private readonly _host: HTMLElement,
    private readonly _tools: ChartTools,
    private readonly _spec: IChartProps['spec'],
    private readonly _onFailure: (failure: string | null) => void
  ) {
    this._size = new ResizeObserver(() => this._look());
    this._view = new IntersectionObserver(
      entries => {
        this._isNear = entries.some(({ isIntersecting }) => isIntersecting);
        this._look();
      },
      { rootMargin: NEAR }
    );
    this._size.observe(_host);
    this._view.observe(_host);
    _tools.themes?.themeChanged.connect(this._onTheme, this);
  }

  dispose(): void {
    this._isDisposed = true;
    this._size.disconnect();
    this._view.disconnect();
    this._tools.themes?.themeChanged.disconnect(this._onTheme, this);
    this._renderer?.dispose();
  }

  private _onTheme(): void {
    this._width = 0;
    // The new theme's variables are there with the next frame.
    requestAnimationFrame(() => this._look());
  }

  /** Draw if it is seen, and not as it should be. */
  private _look(): void {
    const width = Math.floor(this._host.clientWidth);
    if (
      this._isNear &&
      !this._isDisposed &&
      width >= LEAST_WIDTH &&
      width !== this._width
    ) {
      this._width = width;
      this._drawing = this._drawing.then(() => this._draw(width));
    }
  }

  private async _draw(width: number): Promise<void> {
    if (this._isDisposed || width !== this._width) {
      return;
    }
    try {
      const { rendermime } = this._tools;
      const model = rendermime?.createModel({
        trusted: true,
        data: {
          [CHART_TYPE]: this._spec(
            paletteOf(this._host),
            width
          ) as PartialJSONObject,
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
      const renderer = this._attached();
      if (model && renderer) {
        await renderer.renderModel(model);
        this._onFailure(null);
      }
    } catch (error) {
      if (!this._isDisposed) {
        this._onFailure(String(error));
      }
    }
  }

  private _attached(): ReturnType<
    IRenderMimeRegistry['createRenderer']
  > | null {
    if (this._renderer === null) {
      this._renderer =
        this._tools.rendermime?.createRenderer(CHART_TYPE) ?? null;
      if (this._renderer) {
        Widget.attach(this._renderer, this._host);
      }
    }
    return this._renderer;
  }

  private readonly _size: ResizeObserver;
  private readonly _view: IntersectionObserver;
  private _renderer: ReturnType<IRenderMimeRegistry['createRenderer']> | null =
    null;
  private _drawing: Promise<void> = Promise.resolve();
  private _isNear = false;
  private _isDisposed = false;
  private _width = 0;
}
