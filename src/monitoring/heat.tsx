/**
 * Which part: features by batches. A table of buttons, so that the keyboard and
 * a screen reader go through it as the mouse does: one cell leads to what
 * changed in that feature and batch.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useRef, useState } from 'react';

import type { SeriesPoint } from '../model/monitor';
import type { HeatCell, HeatRow } from '../model/heatmap';
import { safeLine } from '../ui/safetext';
import { MoreToggle } from './moretoggle';
import { standingClass } from './standing';
import { batchName, formatMeasure, standingWord } from './words';

const SHOWN = 15;

export interface IHeatProps {
  rows: readonly HeatRow[];
  evaluations: readonly SeriesPoint[];
  /** What the cells are, in words. */
  name: string;
  selected: string | null;
  feature: string | null;
  onSelect: (evaluation: string, feature: string) => void;
  trans: TranslationBundle;
}

export function Heat(props: IHeatProps): React.JSX.Element {
  const { rows, evaluations, name, trans } = props;
  const [isAll, setAll] = useState(false);
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = isAll ? rows : rows.slice(0, SHOWN);
  const places = rows[0]?.cells.map(({ at }) => at) ?? [];
  // One stop for the Tab key: the cell one looks at, else the newest on top.
  const hasCurrent =
    shown.some(({ column }) => column === props.feature) &&
    places.some(at => evaluations[at]?.id === props.selected);
  const most = Math.max(
    1e-9,
    ...rows.flatMap(({ cells }) =>
      cells.map(({ value }) => Math.abs(value ?? 0))
    )
  );
  return (
    <div className="mlops-Heat">
      <div className="mlops-Heat-scroll">
        <table aria-label={trans.__('%1 of features by batches', name)}>
          <thead>
            <tr>
              <td />
              {places.map((at, index) => (
                <th
                  key={at}
                  scope="col"
                  title={safeLine(evaluations[at]?.batch ?? '')}
                >
                  <span
                    className={
                      index % Math.ceil(places.length / 15) === 0
                        ? undefined
                        : 'mlops-hidden'
                    }
                  >
                    {batchName(evaluations[at]?.batch ?? '')}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={event => moveFocus(event, body.current)}>
            {shown.map((row, index) => (
              <Row
                key={row.column}
                {...props}
                row={row}
                most={most}
                isStop={!hasCurrent && index === 0}
              />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > SHOWN ? (
        <MoreToggle
          isAll={isAll}
          onToggle={() => setAll(!isAll)}
          more={trans.__('Show all %1 features', rows.length)}
          fewer={trans.__('Show those that drifted most')}
        />
      ) : null}
    </div>
  );
}

function Row(
  props: IHeatProps & { row: HeatRow; most: number; isStop: boolean }
): React.JSX.Element {
  const { row, evaluations, selected, feature, most, isStop, trans } = props;
  const isChosen = row.column === feature;
  return (
    <tr className={isChosen ? 'mlops-mod-chosen' : undefined}>
      <th scope="row" title={safeLine(row.column)}>
        <bdi>{safeLine(row.column, 60)}</bdi>
      </th>
      {row.cells.map((cell, index) => {
        const evaluation = evaluations[cell.at];
        const isCurrent = isChosen && evaluation?.id === selected;
        const words = trans.__(
          '%1, %2: %3, %4',
          safeLine(row.column, 60),
          batchName(evaluation?.batch ?? ''),
          formatMeasure(cell.value),
          standingWord(cell.verdict, trans).toLowerCase()
        );
        return (
          <td key={cell.at}>
            <button
              type="button"
              className={`mlops-Heat-cell ${standingClass(cell.verdict)}`}
              style={
                { '--mlops-heat': strength(cell, most) } as React.CSSProperties
              }
              aria-pressed={isCurrent}
              aria-label={words}
              title={words}
              tabIndex={
                isCurrent || (isStop && index === row.cells.length - 1) ? 0 : -1
              }
              onClick={() =>
                evaluation && props.onSelect(evaluation.id, row.column)
              }
            >
              {SIGNS[cell.verdict] ?? ''}
            </button>
          </td>
        );
      })}
    </tr>
  );
}

/** A state is more than a colour. */
const SIGNS: Readonly<Record<string, string>> = {
  alert: '!',
  warn: '·',
  error: '×',
  not_computed: '–'
};

/** How strong the colour is, from 0 to 1. */
function strength({ value, verdict }: HeatCell, most: number): string {
  if (value === null) {
    return '0';
  }
  const share = Math.min(1, Math.abs(value) / most);
  return (
    verdict === 'alert' ? 0.35 + 0.65 * share : 0.1 + 0.5 * share
  ).toFixed(2);
}

/** Arrows lead from cell to cell. */
function moveFocus(
  event: React.KeyboardEvent,
  body: HTMLTableSectionElement | null
): void {
  const step = {
    ArrowRight: [0, 1],
    ArrowLeft: [0, -1],
    ArrowDown: [1, 0],
    ArrowUp: [-1, 0]
  }[event.key];
  const cell = (event.target as Element).closest('td');
  const row = cell?.parentElement as HTMLTableRowElement | null | undefined;
  if (!step || !cell || !row || !body) {
    return;
  }
  const next =
    body.rows[row.sectionRowIndex + step[0]]?.cells[
      cell.cellIndex + step[1]
    ]?.querySelector('button');
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
