/** Since when: every check over time, family by family. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useCallback, useMemo, useState } from 'react';

import { FAMILIES } from '../model/measures';
import type { Family } from '../model/measures';
import { weight } from '../model/monitor';
import type { Series, Verdict } from '../model/monitor';
import { firstPlace } from '../model/timelines';
import type { Mark, Timeline } from '../model/timelines';
import { safeLine } from '../ui/safetext';
import { Chart } from './chart';
import type { ChartTools } from './drawnchart';
import { familyWords, measureWords } from './measurewords';
import type { Palette } from './palette';
import { StandingIcon, StandingLabel } from './standing';
import { timelineSpec } from './timelinespec';
import type { TimelineTexts } from './timelinespec';
import {
  batchName,
  boundsWords,
  decisionWord,
  formatMeasure,
  standingWord,
  versionName
} from './words';
import type { Standing } from './words';

const MOST_ROWS = 200;
const HEIGHT = 120;

export interface ITimelinesProps {
  timelines: readonly Timeline[];
  marks: readonly Mark[];
  series: Series;
  /** How long labels take to come, in words; null where nobody said. */
  labelDelay: string | null;
  tools: ChartTools;
  trans: TranslationBundle;
}

export function Timelines(props: ITimelinesProps): React.JSX.Element {
  const { timelines, series, marks, trans } = props;
  const texts = useMemo(() => textsFor(series, trans), [series, trans]);
  return (
    <>
      {FAMILIES.map(family => {
        const lines = timelines.filter(line => line.family === family);
        return lines.length > 0 ? (
          <FamilyPart
            key={family}
            {...props}
            family={family}
            lines={lines}
            texts={texts}
          />
        ) : null;
      })}
      {marks.length > 0 ? (
        <p className="mlops-mod-hint mlops-Timelines-legend">
          {trans.__(
            '▼ another model version  ◆ a decision  ■ another baseline. Shaded: beyond the warning, beyond the alert.'
          )}
        </p>
      ) : (
        <p className="mlops-mod-hint mlops-Timelines-legend">
          {trans.__('Shaded: beyond the warning, beyond the alert.')}
        </p>
      )}
    </>
  );
}

function FamilyPart(
  props: ITimelinesProps & {
    family: Family;
    lines: readonly Timeline[];
    texts: TimelineTexts;
  }
): React.JSX.Element {
  const { family, lines, trans } = props;
  const { name, question } = familyWords(family, trans);
  const worst = lines
    .map(({ points }): Verdict => points.at(-1)?.verdict ?? 'not_computed')
    .reduce((a, b) => (weight(b) > weight(a) ? b : a));
  // Whether the data is complete is looked at when it is not.
  const [isOpen, setOpen] = useState(family !== 'data' || worst !== 'ok');
  return (
    <details
      className="mlops-Family"
      data-mlops-family={family}
      open={isOpen}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <h3>{name}</h3>
        <StandingLabel standing={worst} trans={trans} />
        <span className="mlops-mod-hint">{question}</span>
      </summary>
      {isOpen ? (
        <div className="mlops-Family-charts">
          {lines.map(line => (
            <TimelinePart
              key={`${line.check}/${line.measure}`}
              {...props}
              line={line}
            />
          ))}
        </div>
      ) : null}
    </details>
  );
}

function TimelinePart(
  props: ITimelinesProps & { line: Timeline; texts: TimelineTexts }
): React.JSX.Element {
  const { line, marks, texts, tools, labelDelay, trans } = props;
  const hasValues = line.points.some(({ value }) => value !== null);
  const spec = useCallback(
    (palette: Palette, width: number) =>
      timelineSpec(line, marks, texts, palette, width),
    [line, marks, texts]
  );
  const { name, definition } = measureWords(line.measure, trans);
  const last = line.points.at(-1);
  const standing: Standing = last?.verdict ?? 'not_computed';
  const bounds = boundsWords(line.alert, trans);
  const words = [
    trans.__('%1 over %2 batches', name, line.count),
    last ? trans.__('last %1', formatMeasure(last.value)) : '',
    standingWord(standing, trans).toLowerCase(),
    bounds ? trans.__('alert %1', bounds) : ''
  ];
  return (
    <div className="mlops-TimelinePart" data-mlops-check={line.check}>
      <div className="mlops-TimelinePart-head">
        <StandingIcon standing={standing} size={14} trans={trans} />
        <abbr title={definition}>{name}</abbr>
        {line.check !== line.measure ? (
          <span className="mlops-mod-hint">{safeLine(line.check, 40)}</span>
        ) : null}
        <span className="mlops-TimelinePart-value">
          {formatMeasure(last?.value)}
        </span>
      </div>
      <p
        className="mlops-mod-hint mlops-TimelinePart-words"
        title={standingWords(line, bounds, trans)}
      >
        {standingWords(line, bounds, trans) || '\u00a0'}
      </p>
      {hasValues ? (
        <Chart
          tools={tools}
          spec={spec}
          height={HEIGHT}
          label={words.filter(Boolean).join(', ')}
          table={{
            head: [texts.batchTitle, texts.value, texts.standing],
            rows: () =>
              line.points
                .slice(-MOST_ROWS)
                .reverse()
                .map(({ at, value, verdict }) => [
                  texts.batch(at),
                  formatMeasure(value),
                  standingWord(verdict, trans)
                ])
          }}
          trans={trans}
        />
      ) : (
        <p className="mlops-Empty">
          {line.family === 'quality'
            ? labelDelay
              ? trans.__(
                  'Labels have not come yet; they are expected %1 after a batch.',
                  labelDelay
                )
              : trans.__('Labels have not come yet.')
            : trans.__('Nothing could be computed yet.')}
        </p>
      )}
    </div>
  );
}

/** Since when it is beyond its bounds, or what these are; and which part is the worst. */
function standingWords(
  line: Timeline,
  bounds: string,
  trans: TranslationBundle
): string {
  const part = line.points.at(-1)?.part;
  const words = [
    line.since
      ? trans.__('beyond its bounds since %1', batchName(line.since.batch))
      : bounds
        ? trans.__('alert %1', bounds)
        : '',
    line.parts > 1 && part
      ? trans.__('the worst of %1: %2', line.parts, safeLine(part))
      : ''
  ];
  return words.filter(Boolean).join(' · ');
}

function textsFor(series: Series, trans: TranslationBundle): TimelineTexts {
  return {
    batch: at => batchName(batchAt(series, at)),
    mark: mark => markWords(mark, trans),
    verdict: verdict => standingWord(verdict as Standing, trans),
    batchTitle: trans.__('Batch'),
    value: trans.__('Value'),
    standing: trans.__('State'),
    part: trans.__('Worst')
  };
}

/** The batch at a place; of a stretch of old ones its first. */
function batchAt(series: Series, at: number): string {
  const { before, evaluations } = series;
  const first = firstPlace(series);
  if (at >= first) {
    return evaluations[at - first]?.batch ?? '';
  }
  const begun = before?.starts.filter(start => start <= at) ?? [];
  return before?.batches[begun.length - 1] ?? '';
}

function markWords(mark: Mark, trans: TranslationBundle): string {
  switch (mark.kind) {
    case 'model':
      return trans.__('Model version %1', versionName(mark.what));
    case 'baseline':
      return trans.__('Another baseline');
    default:
      return trans.__(
        '%1 by %2',
        decisionWord(mark.what, trans),
        safeLine(mark.who ?? '', 80)
      );
  }
}
