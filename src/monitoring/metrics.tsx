/** The checks of one evaluation as a table, what is beyond its bounds first. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { JsonObject } from '../model/document';
import { FAMILIES, measureOf } from '../model/measures';
import type { Family } from '../model/measures';
import { weight } from '../model/monitor';
import type { Metric } from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { textAt } from './editing';
import { familyWords, measureWords } from './measurewords';
import { MoreToggle } from './moretoggle';
import { StandingIcon } from './standing';
import { formatMeasure, standingWord } from './words';

/** Of a check with many columns so many are shown at first. */
const FEW = 3;

export function Metrics(props: {
  metrics: readonly Metric[];
  /** The checks in force, by name: they tell what a threshold is held against. */
  checks: JsonObject | null;
  /** Said for who does not see what the table belongs to. */
  label: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { metrics, checks, label, trans } = props;
  return (
    <table className="mlops-Metrics" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{trans.__('Check')}</th>
          <th scope="col">{trans.__('Value')}</th>
          <th scope="col">{trans.__('Baseline')}</th>
          <th scope="col">{trans.__('Alert at')}</th>
          <th scope="col">{trans.__('State')}</th>
        </tr>
      </thead>
      {FAMILIES.map(family => {
        const part = metrics.filter(
          ({ measure }) => measureOf(measure).family === family
        );
        return part.length > 0 ? (
          <FamilyRows
            key={family}
            family={family}
            metrics={part}
            checks={checks}
            trans={trans}
          />
        ) : null;
      })}
    </table>
  );
}

function FamilyRows(props: {
  family: Family;
  metrics: readonly Metric[];
  checks: JsonObject | null;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { family, metrics, checks, trans } = props;
  const [isAll, setAll] = useState(false);
  const sorted = [...metrics].sort(
    (a, b) => weight(b.verdict) - weight(a.verdict)
  );
  const beyond = sorted.filter(({ verdict }) => weight(verdict) > 1).length;
  const few = Math.max(FEW, beyond);
  const shown =
    isAll || metrics.length <= few + 1 ? sorted : sorted.slice(0, few);
  const { name, question } = familyWords(family, trans);
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={5} title={question}>
          {name}
        </th>
      </tr>
      {shown.map(metric => (
        <MetricRow
          key={keyOf(metric)}
          metric={metric}
          chance={chanceOf(checks ?? {}, metric.check)}
          trans={trans}
        />
      ))}
      {shown.length < sorted.length || isAll ? (
        <tr>
          <td colSpan={5}>
            <MoreToggle
              isAll={isAll}
              onToggle={() => setAll(!isAll)}
              more={trans.__(
                'Show %1 more that are within their bounds',
                sorted.length - shown.length
              )}
              fewer={trans.__('Show less')}
            />
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

/** What a threshold of significance is held against: a p, or a q, which is a p corrected for the number of tests. */
type Chance = 'p' | 'q' | null;

function chanceOf(checks: JsonObject, check: string): Chance {
  if (textAt(checks, [check, 'mode']) !== 'p_value') {
    return null;
  }
  const correction = textAt(checks, [check, 'correction']) || 'none';
  return correction === 'none' ? 'p' : 'q';
}

function MetricRow(props: {
  metric: Metric;
  chance: Chance;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { metric, chance, trans } = props;
  const { name, definition } = measureWords(metric.measure, trans);
  const part = metric.column ?? metric.group;
  const significance =
    metric.q !== null && chance !== 'p'
      ? trans.__(
          'q = %1, corrected for the number of tests',
          formatMeasure(metric.q)
        )
      : metric.p !== null
        ? trans.__('p = %1', formatMeasure(metric.p))
        : undefined;
  return (
    <tr data-mlops-metric={metric.check} data-state={metric.verdict}>
      <th scope="row">
        <abbr title={definition}>{name}</abbr>
        {part !== null ? (
          <span className="mlops-mod-hint">
            {' '}
            <bdi>{safeLine(part, 60)}</bdi>
          </span>
        ) : null}
      </th>
      <td title={significance}>
        {formatMeasure(metric.value)}
        {metric.sample !== null ? (
          <abbr
            title={trans.__('Computed on a sample of %1 rows', metric.sample)}
          >
            *
          </abbr>
        ) : null}
      </td>
      <td>{formatMeasure(metric.baseline)}</td>
      <td>{thresholdWords(metric, chance, trans)}</td>
      <td>
        <span className="mlops-StateLabel">
          <StandingIcon standing={metric.verdict} size={14} />
          <span>{standingWord(metric.verdict, trans)}</span>
        </span>
        {metric.reason ? (
          <p className="mlops-mod-hint">{safeText(metric.reason)}</p>
        ) : null}
      </td>
    </tr>
  );
}

/** A check by p-value alerts at a p or q; all others at a value. */
function thresholdWords(
  metric: Metric,
  chance: Chance,
  trans: TranslationBundle
): string {
  const { threshold } = metric;
  const text =
    typeof threshold === 'number'
      ? formatMeasure(threshold)
      : Array.isArray(threshold)
        ? threshold
            .map(value =>
              formatMeasure(typeof value === 'number' ? value : null)
            )
            .join(' – ')
        : '–';
  if (chance === null || text === '–') {
    return text;
  }
  return chance === 'q' ? trans.__('q < %1', text) : trans.__('p < %1', text);
}

function keyOf({ check, measure, column, group }: Metric): string {
  return JSON.stringify([check, measure, column, group]);
}
