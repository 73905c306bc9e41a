/** What changed: baseline against current of one feature, and how the model did in this batch. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useCallback, useMemo } from 'react';

import type {
  Detail,
  Distribution,
  Evaluation,
  GroupRates,
  Problem
} from '../model/monitor';
import { safeLine, safeText } from '../ui/safetext';
import { Chart } from './chart';
import type { ChartTools } from './drawnchart';
import {
  barsOf,
  confusionSpec,
  distributionSpec,
  groupsSpec,
  labelText,
  rocSpec
} from './detailspecs';
import type { Palette } from './palette';
import { formatMeasure } from './words';

export interface IChangedProps {
  evaluation: Evaluation;
  feature: string | null;
  onFeature: (feature: string) => void;
  tools: ChartTools;
  trans: TranslationBundle;
}

export function Changed(props: IChangedProps): React.JSX.Element {
  const { evaluation, feature, onFeature, tools, trans } = props;
  const features = evaluation.detail?.features ?? {};
  const names = Object.keys(features);
  const chosen = names.includes(feature ?? '') ? (feature ?? '') : names[0];
  if (chosen === undefined) {
    return (
      <p className="mlops-Empty">
        {trans.__('No distributions are kept of this evaluation.')}
      </p>
    );
  }
  return (
    <>
      <label className="mlops-Changed-feature">
        {trans.__('Feature')}
        <select
          className="mlops-Select"
          value={chosen}
          onChange={event => onFeature(event.target.value)}
        >
          {names.map(name => (
            <option key={name} value={name}>
              {safeLine(name, 80)}
            </option>
          ))}
        </select>
      </label>
      <DistributionChart
        name={chosen}
        shape={features[chosen]}
        tools={tools}
        trans={trans}
      />
    </>
  );
}

export function DistributionChart(props: {
  name: string;
  shape: Distribution;
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { name, shape, tools, trans } = props;
  const isRange = shape.kind === 'numeric';
  const bars = useMemo(
    () => barsOf(shape, trans.__('all others')),
    [shape, trans]
  );
  const texts = useMemo(
    () => ({
      baseline: trans.__('Baseline'),
      current: trans.__('This batch'),
      share: trans.__('Share of rows'),
      value: trans.__('In'),
      rest: trans.__('all others')
    }),
    [trans]
  );
  const spec = useCallback(
    (palette: Palette, width: number) =>
      distributionSpec(bars, isRange, texts, palette, width),
    [bars, isRange, texts]
  );
  return (
    <Chart
      tools={tools}
      spec={spec}
      height={190}
      label={trans.__(
        'Shares of rows by %1, baseline against this batch',
        safeLine(name, 80)
      )}
      table={{
        head: [safeLine(name, 80), texts.baseline, texts.current],
        rows: () =>
          bars.map(({ label, baseline, current }) => [
            safeText(label),
            percent(baseline),
            percent(current)
          ])
      }}
      trans={trans}
    />
  );
}

/** How the model did: its confusion matrix, ROC curve or errors, where labels have come. */
export function Answers(props: {
  detail: Detail;
  problem: Problem | null;
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { detail, problem, tools, trans } = props;
  const { confusion, roc, score, residuals = null } = detail;
  if (!confusion && !roc && !score && !residuals) {
    return null;
  }
  return (
    <div className="mlops-Answers">
      {confusion ? (
        <div>
          <h4>{trans.__('Confusion matrix')}</h4>
          <Confusion confusion={confusion} tools={tools} trans={trans} />
          {problem === 'multiclass' ? (
            <p className="mlops-mod-hint">
              {trans.__(
                'A ROC curve is of two classes; with several, the matrix tells which are taken for which.'
              )}
            </p>
          ) : null}
        </div>
      ) : null}
      {roc ? (
        <div>
          <h4>{trans.__('ROC curve, area %1', formatMeasure(roc.auc))}</h4>
          <Roc roc={roc} tools={tools} trans={trans} />
        </div>
      ) : null}
      {residuals ? (
        <div>
          <h4>{trans.__('Errors: prediction minus label')}</h4>
          <DistributionChart
            name={trans.__('error')}
            shape={residuals}
            tools={tools}
            trans={trans}
          />
        </div>
      ) : null}
      {score ? (
        <div>
          <h4>{trans.__('Scores')}</h4>
          <DistributionChart
            name={trans.__('score')}
            shape={score}
            tools={tools}
            trans={trans}
          />
        </div>
      ) : null}
    </div>
  );
}

function Confusion(props: {
  confusion: NonNullable<Detail['confusion']>;
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { confusion, tools, trans } = props;
  const spec = useCallback(
    (palette: Palette, width: number) =>
      confusionSpec(
        confusion,
        {
          actual: trans.__('Actual'),
          predicted: trans.__('Predicted'),
          rows: trans.__('Rows')
        },
        palette,
        width
      ),
    [confusion, trans]
  );
  const labels = confusion.labels.map(label => safeLine(labelText(label), 40));
  return (
    <Chart
      tools={tools}
      spec={spec}
      height={160}
      label={trans.__('Rows by actual and predicted value')}
      table={{
        head: [trans.__('Actual \\ predicted'), ...labels],
        rows: () =>
          confusion.matrix.map((row, index) => [
            labels[index] ?? '',
            ...row.map(String)
          ])
      }}
      trans={trans}
    />
  );
}

function Roc(props: {
  roc: NonNullable<Detail['roc']>;
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { roc, tools, trans } = props;
  const fpr = trans.__('False positive rate');
  const tpr = trans.__('True positive rate');
  const spec = useCallback(
    (palette: Palette, width: number) =>
      rocSpec(roc, { fpr, tpr }, palette, width),
    [roc, fpr, tpr]
  );
  return (
    <Chart
      tools={tools}
      spec={spec}
      height={220}
      label={trans.__('ROC curve with an area of %1', formatMeasure(roc.auc))}
      table={{
        head: [fpr, tpr],
        rows: () =>
          roc.fpr.map((value, index) => [
            formatMeasure(value),
            formatMeasure(roc.tpr[index])
          ])
      }}
      trans={trans}
    />
  );
}

/** The rates of the groups of each sensitive column, side by side. */
export function Groups(props: {
  groups: readonly GroupRates[];
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { groups, trans } = props;
  const columns = [...new Set(groups.map(({ column }) => column))];
  return (
    <>
      {columns.map(column => (
        <div key={column}>
          <h4>{trans.__('Groups of %1', safeLine(column, 60))}</h4>
          <GroupChart
            {...props}
            groups={groups.filter(one => one.column === column)}
          />
        </div>
      ))}
    </>
  );
}

function GroupChart(props: {
  groups: readonly GroupRates[];
  tools: ChartTools;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { groups, tools, trans } = props;
  const key = JSON.stringify(groups);
  // The same numbers are the same chart.
  const kept = useMemo(() => JSON.parse(key) as GroupRates[], [key]);
  const rates = useMemo(
    () => ({
      selection_rate: trans.__('Favourable predictions'),
      tpr: trans.__('True positives'),
      fpr: trans.__('False positives')
    }),
    [trans]
  );
  const spec = useCallback(
    (palette: Palette, width: number) =>
      groupsSpec(
        kept,
        { rates, share: trans.__('Rate'), group: trans.__('Group') },
        palette,
        width
      ),
    [kept, rates, trans]
  );
  return (
    <Chart
      tools={tools}
      spec={spec}
      height={170}
      label={trans.__('Rates by group')}
      table={{
        head: [
          trans.__('Group'),
          trans.__('Rows'),
          rates.selection_rate,
          rates.tpr,
          rates.fpr
        ],
        rows: () =>
          kept.map(one => [
            safeLine(one.group, 60),
            String(one.rows),
            percent(one.selection_rate),
            percent(one.tpr),
            percent(one.fpr)
          ])
      }}
      trans={trans}
    />
  );
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(1)} %`;
}
