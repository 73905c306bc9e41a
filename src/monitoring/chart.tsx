/**
 * A chart in JupyterLab's own renderer of Vega-Lite, with a sentence and a
 * table of the same numbers for who does not see it.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { DrawnChart } from './drawnchart';
import type { ChartSpec, ChartTools } from './drawnchart';

export interface IChartProps {
  tools: ChartTools;
  spec: ChartSpec;
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
  const drawn = useRef<DrawnChart | null>(null);
  const first = useRef(spec);
  const [failure, setFailure] = useState<string | null>(null);

  // Before React takes the host away: a widget must leave a page it is in.
  useLayoutEffect(() => {
    if (!host.current || !tools.rendermime) {
      return undefined;
    }
    const chart = new DrawnChart(
      host.current,
      tools,
      first.current,
      setFailure
    );
    drawn.current = chart;
    return () => chart.dispose();
  }, [tools]);
  useEffect(() => {
    first.current = spec;
    if (drawn.current) {
      drawn.current.spec = spec;
    }
  }, [spec]);

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
