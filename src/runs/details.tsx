/** What a run is made of: its error, its nodes, and how it was started. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { pipelinePath } from '../api/runs';
import type { JsonValue } from '../model/document';
import type { Run } from '../model/run';
import { Actions, ErrorNote } from '../ui/errornote';
import type { NoteAction } from '../ui/errornote';
import { formatValue, Results } from '../ui/results';
import { AirflowLink, canRetry, RemoteProblemNote } from '../ui/remote';
import { safeText } from '../ui/safetext';
import { selectionWords } from '../ui/selection';
import { canRunFailed, isActive } from '../ui/state';
import { formatExact, parseTime } from '../ui/time';
import type { RunActions } from './actions';
import { firstFailure, nodeName, runtimeLabel } from './names';
import { NodeItem } from './node';
import type { INodeItemProps } from './node';

export interface IRunDetailsProps extends Pick<
  INodeItemProps,
  'source' | 'clock' | 'actions' | 'trans'
> {
  run: Run;
  /** Ids of the nodes that are open. */
  isNodeOpen: (node: string) => boolean;
  isTabStop: (node: string) => boolean;
  onToggle: (node: string) => void;
}

export function RunDetails(props: IRunDetailsProps): React.JSX.Element {
  const { run, actions, trans } = props;
  return (
    <>
      {run.remote?.problem ? (
        <RemoteProblemNote
          problem={run.remote.problem}
          clock={props.clock}
          onResume={() => void actions.resume(run)}
          trans={trans}
        />
      ) : null}
      <RunError {...props} />
      <div className="mlops-Run-ways">
        <Actions actions={runActions(run, actions, trans)} />
        <AirflowLink url={run.remote?.url} trans={trans} />
      </div>
      <ul className="mlops-Nodes" aria-label={trans.__('Nodes')}>
        {Object.entries(run.nodes).map(([id, node]) => (
          <NodeItem
            key={id}
            run={run}
            id={id}
            node={node}
            isOpen={props.isNodeOpen(id)}
            isTabStop={props.isTabStop(id)}
            source={props.source}
            clock={props.clock}
            actions={actions}
            onToggle={props.onToggle}
            trans={trans}
          />
        ))}
      </ul>
      <details className="mlops-Run-facts">
        <summary>{trans.__('About this run')}</summary>
        <Facts facts={runFacts(run, trans)} />
        <h4>{trans.__('Parameters')}</h4>
        <Results
          results={run.parameters}
          empty={trans.__('It was started without parameters.')}
          label={trans.__('Parameters')}
          trans={trans}
        />
      </details>
    </>
  );
}

/** The error of the node that failed first, which leads there; else the run's own. */
function RunError(props: IRunDetailsProps): React.JSX.Element | null {
  const { run, actions, trans } = props;
  const failure = firstFailure(run);
  const error = failure?.[1].error;
  if (!failure || !error) {
    return run.error && <ErrorNote failure={run.error} trans={trans} />;
  }
  const [id, node] = failure;
  if (props.isNodeOpen(id)) {
    return null; // It stands at the node.
  }
  const links: NoteAction[] = [
    { label: trans.__('Show log'), onClick: () => props.onToggle(id) }
  ];
  if (node.notebook !== null) {
    links.unshift({
      label: trans.__('Open notebook'),
      onClick: () => void actions.openNotebook(run.id, id)
    });
  }
  return (
    <ErrorNote
      failure={error}
      name={nodeName(id, node)}
      actions={links}
      trans={trans}
    />
  );
}

function runActions(
  run: Run,
  actions: RunActions,
  trans: TranslationBundle
): NoteAction[] {
  const show = {
    label: trans.__('Show on canvas'),
    onClick: () => void actions.show(run.id)
  };
  if (isActive(run)) {
    return [
      { label: trans.__('Stop'), onClick: () => void actions.stop(run.id) },
      show
    ];
  }
  const retry = {
    label: trans.__('Retry failed'),
    title: trans.__('Run what failed again, in the same run of Airflow'),
    onClick: () => void actions.retry(run.id)
  };
  const failed = {
    label: trans.__('Run what failed'),
    title: trans.__('Run the nodes that failed, in a run of their own'),
    onClick: () => void actions.failed(run.id)
  };
  return [
    ...(canRetry(run) ? [retry] : []),
    ...(canRunFailed(run) ? [failed] : []),
    {
      label: trans.__('Run again'),
      title: trans.__('Run the pipeline as it is now, with these parameters'),
      onClick: () => void actions.again(run.id)
    },
    show,
    { label: trans.__('Delete'), onClick: () => void actions.remove(run.id) }
  ];
}

export type Fact = [name: string, value: string];

export function Facts(props: { facts: readonly Fact[] }): React.JSX.Element {
  return (
    <dl className="mlops-Facts">
      {props.facts.map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{safeText(value)}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

/** How a run was started, and where its files lie. */
export function runFacts(run: Run, trans: TranslationBundle): Fact[] {
  const time = (text: string | null) => {
    const value = parseTime(text);
    return value === null ? null : formatExact(value);
  };
  const facts: [string, string | null][] = [
    [trans.__('Pipeline'), pipelinePath(run)],
    [trans.__('Nodes'), selectionWords(run, trans)],
    [trans.__('Runtime'), runtimeLabel(run.runtime, trans)],
    [trans.__('Created'), time(run.created)],
    [trans.__('Started'), time(run.started)],
    [trans.__('Finished'), time(run.finished)],
    [
      trans.__('Mode'),
      run.mode === 'isolated'
        ? trans.__('Isolated: with its declared files only')
        : trans.__('In place: in the folders of its files')
    ],
    [
      trans.__('At once'),
      run.max_parallel === null
        ? null
        : trans._n('%1 node', '%1 nodes', run.max_parallel, run.max_parallel)
    ],
    [trans.__('Git commit'), commit(run, trans)],
    ...remoteFacts(run, trans),
    ...provenance(run.provenance),
    [trans.__('Directory'), run.directory],
    [trans.__('Id'), run.id]
  ];
  return facts.filter((fact): fact is Fact => Boolean(fact[1]));
}

/** What a run on an Airflow is there, and what it runs. */
function remoteFacts(
  { remote }: Run,
  trans: TranslationBundle
): [string, string | null][] {
  if (!remote) {
    return [];
  }
  return [
    [
      trans.__('Started by'),
      remote.scheduled ? trans.__('its schedule') : null
    ],
    [trans.__('Airflow DAG'), remote.dag_id],
    [trans.__('Airflow run'), remote.run_id],
    [trans.__('Delivered'), remote.version?.slice(0, 10) ?? null],
    [
      trans.__('Version'),
      remote.pinned
        ? trans.__('kept as it was when the run started')
        : trans.__('not kept: a newer delivery may be seen')
    ]
  ];
}

function commit(run: Run, trans: TranslationBundle): string | null {
  const hash = run.source?.commit;
  if (!hash) {
    return null;
  }
  const short = hash.slice(0, 10);
  return run.source?.dirty
    ? trans.__('%1, with changes that were not committed', short)
    : short;
}

/** What the run recorded of its surroundings, where it is one value. */
function provenance(value: JsonValue): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [];
  }
  return Object.entries(value)
    .filter(([, part]) => part !== null && typeof part !== 'object')
    .map(([name, part]) => [
      safeText(name.charAt(0).toUpperCase() + name.slice(1)).replace(/_/g, ' '),
      formatValue(part)
    ]);
}
