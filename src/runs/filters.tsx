/** Which runs one sees: by pipeline, by state, by runtime. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

import type { RunFilter } from '../api/client';
import type { RuntimeStore } from '../api/runtimes';
import { pipelinePath } from '../api/runs';
import { STATES } from '../model/run';
import type { RunSummary } from '../model/run';
import { safeLine } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { stateWord } from '../ui/state';
import { pipelineName, runtimeLabel } from './names';

export interface IFiltersProps {
  filter: RunFilter;
  runs: readonly RunSummary[];
  /** Paths of all pipelines that have runs. */
  pipelines: () => Promise<string[]>;
  runtimes: RuntimeStore;
  onChange: (filter: RunFilter) => void;
  trans: TranslationBundle;
}

/** A run as a whole is never skipped. */
const RUN_STATES = STATES.filter(state => state !== 'skipped');

type Choice = [value: string, label: string];

export function Filters(props: IFiltersProps): React.JSX.Element {
  const { filter, runs, onChange, trans } = props;
  const pipelines = usePipelines(runs, filter.pipeline, props.pipelines);
  const runtimes = useRuntimes(runs, filter.runtime, props.runtimes);
  const change = (name: keyof RunFilter, value: string) => {
    onChange({ ...filter, [name]: value || undefined });
  };
  return (
    <div
      className="mlops-Runs-filters"
      role="group"
      aria-label={trans.__('Filter')}
    >
      <Choices
        label={trans.__('Pipeline')}
        all={trans.__('All pipelines')}
        value={filter.pipeline}
        choices={pipelines.map(path => [path, pipelineName(path)])}
        onChange={value => change('pipeline', value)}
      />
      <Choices
        label={trans.__('State')}
        all={trans.__('Any state')}
        value={filter.state}
        choices={RUN_STATES.map(state => [state, stateWord({ state }, trans)])}
        onChange={value => change('state', value)}
      />
      <Choices
        label={trans.__('Runtime')}
        all={trans.__('Any runtime')}
        value={filter.runtime}
        choices={runtimes.map(name => [name, runtimeLabel(name, trans)])}
        onChange={value => change('runtime', value)}
      />
    </div>
  );
}

function Choices(props: {
  label: string;
  all: string;
  value: string | undefined;
  choices: readonly Choice[];
  onChange: (value: string) => void;
}): React.JSX.Element {
  const { label, all, value = '', choices, onChange } = props;
  return (
    <select
      className={`mlops-Select${value === '' ? '' : ' mlops-mod-set'}`}
      aria-label={label}
      title={choices.find(([name]) => name === value)?.[1] ?? label}
      value={value}
      onChange={event => onChange(event.target.value)}
    >
      <option value="">{all}</option>
      {choices.map(([name, text]) => (
        <option key={name} value={name} title={safeLine(name)}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** All pipelines that have runs; a filter doesn't shorten the list. */
function usePipelines(
  runs: readonly RunSummary[],
  chosen: string | undefined,
  load: () => Promise<string[]>
): string[] {
  const [known, setKnown] = useState<readonly string[]>([]);
  useEffect(() => {
    setKnown(before => merged(before, runs.map(pipelinePath)));
  }, [runs]);
  useEffect(() => {
    load().then(
      all => setKnown(before => merged(before, all)),
      () => {
        // Those of the runs one sees are there.
      }
    );
  }, []);
  return [...merged(known, chosen ? [chosen] : [])].sort();
}

/** The runtimes there are, and those that runs were seen on. */
function useRuntimes(
  runs: readonly RunSummary[],
  chosen: string | undefined,
  store: RuntimeStore
): string[] {
  const known = useSignal(store.changed, () => store.known);
  const names = [...known, ...runs.map(run => ({ name: run.runtime }))].map(
    ({ name }) => name
  );
  return [...new Set([...names, ...(chosen ? [chosen] : [])])].sort();
}

/** The same array if nothing is new. */
function merged(
  known: readonly string[],
  more: readonly string[]
): readonly string[] {
  const added = more.filter(value => !known.includes(value));
  return added.length === 0 ? known : [...new Set([...known, ...added])];
}
