/** A node of a run in the panel: one line, and all it made below it. */
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo, useState } from 'react';

import type { NodeRun, Run } from '../model/run';
import { isTable } from '../model/tables';
import { Actions, ErrorNote } from '../ui/errornote';
import { lineageIcon } from '../ui/icons';
import type { NoteAction } from '../ui/errornote';
import { LogView } from '../ui/log';
import type { ILogSource } from '../ui/log';
import { Results } from '../ui/results';
import { safeLine, safeText } from '../ui/safetext';
import { isActive, StateIcon, stateWord, whySentence } from '../ui/state';
import type { RunActions } from './actions';
import { placeKey } from './model';
import { formatBytes, nodeName } from './names';
import { Duration } from './row';

export interface INodeItemProps {
  run: Run;
  id: string;
  node: NodeRun;
  isOpen: boolean;
  isTabStop: boolean;
  source: ILogSource;
  clock: () => number;
  actions: RunActions;
  onToggle: (node: string) => void;
  trans: TranslationBundle;
}

export const NodeItem = memo(function NodeItem(
  props: INodeItemProps
): React.JSX.Element {
  const { run, id, node, isOpen, trans } = props;
  const name = nodeName(id, node);
  const bodyId = `mlops-run-${run.id}-${id}`;
  return (
    <li
      className={`mlops-NodeRun${isOpen ? ' mlops-mod-open' : ''}`}
      data-mlops-run-node={id}
      data-state={node.state}
    >
      <button
        type="button"
        className="mlops-NodeRun-toggle"
        data-mlops-place={placeKey({ run: run.id, node: id })}
        aria-expanded={isOpen}
        aria-controls={isOpen ? bodyId : undefined}
        tabIndex={props.isTabStop ? 0 : -1}
        onClick={() => props.onToggle(id)}
      >
        <StateIcon
          state={node.state}
          reason={node.reason}
          reused={node.reused}
          size={14}
        />
        <span className="mlops-NodeRun-name" title={name}>
          <bdi>{name}</bdi>
        </span>
        <span
          className={`mlops-NodeRun-doing${node.reused ? '' : ' mlops-mod-plain'}`}
        >
          {doing(node, trans)}
        </span>
        <Duration timed={node} clock={props.clock} />
      </button>
      {isOpen ? (
        <div className="mlops-NodeRun-body" id={bodyId}>
          <NodeDetails {...props} />
        </div>
      ) : null}
    </li>
  );
});

/** What it does, or how it stands, in a word or two. */
function doing(node: NodeRun, trans: TranslationBundle): string {
  const isCounted = node.cell !== null && node.cells !== null;
  if (node.state === 'running' && isCounted) {
    return trans.__(
      'cell %1 of %2',
      Math.min(node.cell ?? 1, node.cells ?? 1),
      node.cells
    );
  }
  const word = stateWord(node, trans);
  return node.attempts > 1
    ? trans.__('%1, attempt %2', word, node.attempts)
    : word;
}

function NodeDetails(props: INodeItemProps): React.JSX.Element {
  const { run, id, node, actions, source, trans } = props;
  const [isLogOpen, setLogOpen] = useState(node.state === 'failed');
  const hasStarted = node.attempts > 0 && !node.reused;
  const outputs = Object.entries(node.outputs ?? {});
  return (
    <>
      <Why node={node} trans={trans} />
      <Results results={node.results} empty={null} trans={trans} />
      {outputs.length > 0 ? (
        <ul className="mlops-Outputs" aria-label={trans.__('Outputs')}>
          {outputs.map(([path, { bytes }]) => (
            <li key={path}>
              <button
                type="button"
                className="mlops-Link"
                title={trans.__('Open %1', safeLine(path))}
                onClick={() => void actions.openOutput(run, id, path)}
              >
                <bdi>{safeText(PathExt.basename(path))}</bdi>
              </button>
              <span className="mlops-Duration">
                {bytes === null ? '' : formatBytes(bytes)}
              </span>
              <button
                type="button"
                className="mlops-Output-lineage"
                title={trans.__('Show where %1 comes from', safeLine(path))}
                aria-label={trans.__(
                  'Show where %1 comes from',
                  safeLine(path)
                )}
                onClick={() => void actions.lineage(run, path)}
              >
                <lineageIcon.react tag="span" width="14px" height="14px" />
              </button>
              {isTable(path) ? (
                <button
                  type="button"
                  className="mlops-Link mlops-Output-monitor"
                  title={trans.__(
                    'Make a monitor that watches %1',
                    safeLine(path)
                  )}
                  onClick={() => void actions.monitor(run.id, id, path)}
                >
                  {trans.__('Monitor…')}
                </button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      <Actions
        actions={nodeActions(props, isLogOpen, hasStarted, () =>
          setLogOpen(!isLogOpen)
        )}
      />
      {hasStarted && isLogOpen ? (
        <LogView
          source={source}
          run={run.id}
          node={id}
          attempts={node.attempts}
          isActive={isActive(node)}
          isCompact={true}
          trans={trans}
        />
      ) : null}
    </>
  );
}

/** Why it stands as it does, where that doesn't go without saying. */
function Why(props: {
  node: NodeRun;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { node, trans } = props;
  if (node.error !== null) {
    return <ErrorNote failure={node.error} trans={trans} />;
  }
  if (
    node.state === 'running' ||
    (node.state === 'succeeded' && !node.reused)
  ) {
    return null;
  }
  return <p className="mlops-Why">{whySentence(node, trans)}</p>;
}

function nodeActions(
  props: INodeItemProps,
  isLogOpen: boolean,
  hasStarted: boolean,
  toggleLog: () => void
): NoteAction[] {
  const { run, id, node, actions, trans } = props;
  const all: NoteAction[] = [];
  if (node.notebook !== null) {
    all.push(
      {
        label: trans.__('Open notebook'),
        title: trans.__('Open the notebook as it was executed'),
        onClick: () => void actions.openNotebook(run.id, id)
      },
      {
        label: trans.__('Download HTML'),
        title: trans.__('Download the executed notebook as a page'),
        onClick: () => void actions.downloadHtml(run.id, id)
      }
    );
  }
  if (hasStarted) {
    all.push({
      label: isLogOpen ? trans.__('Hide log') : trans.__('Log'),
      onClick: toggleLog
    });
    if (isLogOpen) {
      all.push({
        label: trans.__('Open log in a tab'),
        onClick: () => void actions.openLog(run, id, node.attempts)
      });
    }
  }
  const origin = node.reused_from;
  if (origin !== null) {
    all.push({
      label: trans.__('Show where it ran'),
      title: trans.__('Show the run that these results come from'),
      onClick: () => void actions.reveal(origin, id)
    });
  }
  return all;
}
