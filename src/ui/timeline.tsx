/**
 * A run as bars on a common time axis: what ran when, what waited, what was
 * tried again. Rows keep the order of the plan, so that none jumps.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useRef, useState } from 'react';

import type { NodeRun, Run, RunEvent } from '../model/run';
import { chart, retries } from './bars';
import type { Bar, Row } from './bars';
import { safeLine } from './safetext';
import { isActive, StateIcon, stateClass, stateWord } from './state';
import { durationOf, formatDuration, useNow } from './time';

export interface ITimelineProps {
  run: Run;
  selected: string | null;
  onSelect: (node: string) => void;
  /** Open what a node made: a double click, or Enter. */
  onOpen?: (node: string) => void;
  /** All events of the run; asked for when a node was tried again. */
  loadEvents?: (run: string) => Promise<RunEvent[]>;
  /** The server's clock (Client.now). */
  clock?: () => number;
  trans: TranslationBundle;
}

export function Timeline(props: ITimelineProps): React.JSX.Element {
  const { run, selected, onSelect, onOpen, trans } = props;
  const now = useNow(500, isActive(run), props.clock);
  const events = useEvents(run, props.loadEvents);
  const { rows, ticks } = chart(run, now, events);
  const list = useRef<HTMLDivElement>(null);
  const current = Math.max(
    0,
    rows.findIndex(row => row.id === selected)
  );

  const onKeyDown = (event: React.KeyboardEvent) => {
    const to = target(event.key, current, rows.length);
    if (to !== null) {
      event.preventDefault();
      onSelect(rows[to].id);
      list.current?.querySelectorAll<HTMLElement>('[role=option]')[to]?.focus();
    } else if (event.key === 'Enter' && onOpen) {
      event.preventDefault();
      onOpen(rows[current].id);
    }
  };

  return (
    <div className="mlops-Timeline">
      <div className="mlops-Timeline-axis" aria-hidden="true">
        <div className="mlops-Timeline-ticks">
          {ticks.map(tick => (
            <span
              key={tick.seconds}
              className={`mlops-Timeline-tick${tickPlace(tick.at)}`}
              style={{ left: `${tick.at * 100}%` }}
            >
              {tickLabel(tick.seconds)}
            </span>
          ))}
        </div>
      </div>
      <div
        ref={list}
        className="mlops-Timeline-rows"
        role="listbox"
        aria-label={trans.__('Nodes of the run over time')}
        onKeyDown={onKeyDown}
      >
        {rows.map((row, index) => (
          <TimelineRow
            key={row.id}
            row={row}
            now={now}
            isSelected={row.id === selected}
            isTabStop={index === current}
            onSelect={onSelect}
            onOpen={onOpen}
            trans={trans}
          >
            {ticks.map(tick => (
              <span
                key={tick.seconds}
                className="mlops-Timeline-line"
                style={{ left: `${tick.at * 100}%` }}
              />
            ))}
          </TimelineRow>
        ))}
      </div>
    </div>
  );
}

function TimelineRow(props: {
  row: Row;
  now: number;
  isSelected: boolean;
  isTabStop: boolean;
  onSelect: (node: string) => void;
  onOpen?: (node: string) => void;
  children: React.ReactNode;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { row, now, isSelected, isTabStop, onSelect, onOpen, trans } = props;
  const { id, node, bars } = row;
  const name = safeLine(node.label ?? id);
  const duration = durationOf(node, now);
  const words = [name, stateWord(node, trans), duration];
  if (node.attempts > 1) {
    words.push(trans.__('%1 attempts', node.attempts));
  }
  return (
    <div
      className="mlops-Timeline-row"
      role="option"
      aria-selected={isSelected}
      aria-label={words.filter(Boolean).join(', ')}
      tabIndex={isTabStop ? 0 : -1}
      data-mlops-bar={id}
      data-state={node.state}
      onClick={() => onSelect(id)}
      onDoubleClick={() => onOpen?.(id)}
    >
      <StateIcon state={node.state} reason={node.reason} reused={node.reused} />
      <span className="mlops-Timeline-name" title={name}>
        <bdi>{name}</bdi>
      </span>
      <span className="mlops-Timeline-track">
        {props.children}
        {bars.map(bar => (
          <TimelineBar key={bar.attempt} bar={bar} node={node} trans={trans} />
        ))}
      </span>
      <span className="mlops-Timeline-duration">
        {node.attempts > 1 ? (
          <span
            className="mlops-Timeline-attempts"
            title={trans.__('%1 attempts', node.attempts)}
          >
            {`×${node.attempts}`}
          </span>
        ) : null}
        {duration}
      </span>
    </div>
  );
}

function TimelineBar(props: {
  bar: Bar;
  node: NodeRun;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { bar, node, trans } = props;
  const reused = node.reused && bar.state === 'succeeded';
  const word = stateWord({ state: bar.state, reused }, trans);
  return (
    <span
      className={`mlops-Timeline-bar ${stateClass({ state: bar.state, reused })}`}
      title={
        node.attempts > 1 ? trans.__('Attempt %1: %2', bar.attempt, word) : word
      }
      style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%` }}
    />
  );
}

/** The events of a run that has retries, asked for again when one is added. */
function useEvents(
  run: Run,
  load: ITimelineProps['loadEvents']
): readonly RunEvent[] | undefined {
  const [known, setKnown] = useState<{ id: string; events: RunEvent[] }>();
  const count = retries(run);
  const isOver = !isActive(run);
  const { id } = run;
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    let isStale = false;
    if (count > 0 && loader.current) {
      loader.current(id).then(
        events => {
          if (!isStale) {
            setKnown({ id, events });
          }
        },
        () => {
          // Without them the last attempts are drawn, and the counts say the rest.
        }
      );
    }
    return () => {
      isStale = true;
    };
  }, [id, count, isOver]);
  return known?.id === id ? known.events : undefined;
}

function target(key: string, current: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(current + 1, count - 1);
    case 'ArrowUp':
      return Math.max(current - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** The labels at both ends stay within the axis. */
function tickPlace(at: number): string {
  return at === 0 ? ' mlops-mod-first' : at > 0.96 ? ' mlops-mod-last' : '';
}

function tickLabel(seconds: number): string {
  return seconds === 0
    ? '0'
    : formatDuration(seconds, { live: Number.isInteger(seconds) }).replace(
        ' 00 s',
        ''
      );
}
