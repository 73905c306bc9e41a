/**
 * Results, the small named values that nodes report, as a table. Numbers stand
 * in one column of figures; what is long is cut, and opens where it stands.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { JsonValue } from '../model/document';
import { safeText } from './safetext';

const LONGEST = 60;

/** A number as one reads it: six significant digits, and all before the point. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  const digits = Math.max(6, Math.floor(Math.log10(size)) + 1);
  return size >= 1e-4 && size < 1e9
    ? String(Number(value.toPrecision(digits)))
    : value.toExponential(4).replace('e+', 'e');
}

/** A value on one line. */
export function formatValue(value: JsonValue): string {
  if (typeof value === 'number') {
    return formatNumber(value);
  }
  return typeof value === 'string'
    ? safeText(value).replace(/\s+/g, ' ')
    : safeText(JSON.stringify(value));
}

export interface IResultsProps {
  results: Readonly<Record<string, JsonValue>> | null;
  /** Said when there are none; null says nothing. */
  empty?: string | null;
  /** What they are, for a screen reader. */
  label?: string;
  trans: TranslationBundle;
}

/** The results of one node. */
export function Results(props: IResultsProps): React.JSX.Element | null {
  const { results, trans } = props;
  const entries = Object.entries(results ?? {});
  if (entries.length === 0) {
    const empty =
      props.empty === undefined
        ? trans.__(
            'No results. A cell tagged "results" reports the values it assigns.'
          )
        : props.empty;
    return empty === null ? null : <p className="mlops-Empty">{empty}</p>;
  }
  return (
    <table
      className="mlops-Results"
      aria-label={props.label ?? trans.__('Results')}
    >
      <tbody>
        {entries.map(([name, value]) => (
          <ResultRow key={name} name={name} value={value} trans={trans} />
        ))}
      </tbody>
    </table>
  );
}

export interface IRunResultsProps {
  /** The nodes of the run, by id. */
  nodes: Readonly<
    Record<
      string,
      {
        label: string | null;
        results: Readonly<Record<string, JsonValue>> | null;
      }
    >
  >;
  onSelect?: (node: string) => void;
  trans: TranslationBundle;
}

/** The results of all nodes of a run, by node. */
export function RunResults(props: IRunResultsProps): React.JSX.Element {
  const { nodes, onSelect, trans } = props;
  const reporting = Object.entries(nodes).filter(
    ([, { results }]) => results !== null && Object.keys(results).length > 0
  );
  if (reporting.length === 0) {
    return (
      <p className="mlops-Empty">
        {trans.__(
          'No node of this run has reported results. A cell tagged "results" reports the values it assigns.'
        )}
      </p>
    );
  }
  return (
    <table className="mlops-Results" aria-label={trans.__('Results')}>
      {reporting.map(([id, { label, results }]) => (
        <tbody key={id} data-mlops-results={id}>
          <tr>
            <th colSpan={2} scope="rowgroup">
              {onSelect ? (
                <button
                  type="button"
                  className="mlops-Link"
                  onClick={() => onSelect(id)}
                >
                  {safeText(label ?? id)}
                </button>
              ) : (
                safeText(label ?? id)
              )}
            </th>
          </tr>
          {Object.entries(results ?? {}).map(([name, value]) => (
            <ResultRow key={name} name={name} value={value} trans={trans} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function ResultRow(props: {
  name: string;
  value: JsonValue;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { name, value } = props;
  return (
    <tr>
      <th scope="row" title={safeText(name)}>
        {safeText(name)}
      </th>
      <td
        className={typeof value === 'number' ? 'mlops-mod-number' : undefined}
        title={typeof value === 'number' ? String(value) : undefined}
      >
        <Value value={value} trans={props.trans} />
      </td>
    </tr>
  );
}

function Value(props: {
  value: JsonValue;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { value, trans } = props;
  const [isOpen, setOpen] = useState(false);
  const line = formatValue(value);
  if (line.length <= LONGEST) {
    return <>{line === '' ? '""' : line}</>;
  }
  return (
    <>
      <button
        type="button"
        className="mlops-Link mlops-Results-long"
        aria-expanded={isOpen}
        title={isOpen ? trans.__('Show less') : trans.__('Show all of it')}
        onClick={() => setOpen(!isOpen)}
      >
        {`${line.slice(0, LONGEST)}…`}
      </button>
      {isOpen ? (
        <pre className="mlops-Results-whole">
          {typeof value === 'string'
            ? safeText(value)
            : safeText(JSON.stringify(value, null, 2))}
        </pre>
      ) : null}
    </>
  );
}
