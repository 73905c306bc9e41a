/**
 * The part below the canvas: what stands in the way, and what a run did. Its
 * tabs are always there; what they show folds away.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import React, { useId } from 'react';

import { own } from '../model/document';
import type { Run } from '../model/run';
import { ErrorNote } from '../ui/errornote';
import { LogView } from '../ui/log';
import { RunResults } from '../ui/results';
import { isActive, StateLabel, whySentence } from '../ui/state';
import { Timeline } from '../ui/timeline';
import { durationOf, formatClock, parseTime, useNow } from '../ui/time';
import { DrawerTabs } from './drawertabs';
import { useSignal } from './hooks';
import type { IRunScreen } from './screen';
import { Splitter } from './splitter';
import type { DrawerTab } from './viewstate';

export interface IDrawerProps {
  screen: IRunScreen;
  /** The most that it may be tall. */
  most: number;
  /** The list of problems; a past run has none. */
  problems?: { count: number; hasErrors: boolean; list: React.ReactNode };
  onRun?: () => void;
  onOpenExecuted: (run: string, node: string) => void;
  onOpenLog: (run: string, node: string, attempt: number) => void;
  /** Lead to a node of another run, in the list of runs. */
  onShowRun: (run: string, node: string) => void;
}

const LEAST = 96;

export function Drawer(props: IDrawerProps): React.JSX.Element {
  const { screen, most, problems } = props;
  const { view, trans } = screen;
  const panels = useSignal(view.changed, () => view.panels);
  const tab = useSignal(view.changed, () => view.tab);
  const run = useSignal(screen.runs.changed, () => screen.runs.run);
  const selection = useSignal(screen.selectionChanged, () => screen.selection);
  const notice = useSignal(screen.noticed, () => screen.notice);
  const node = shownNode(run, selection.nodes);
  const isOpen = panels.drawer;
  const panelId = useId();
  const height = Math.min(panels.drawerHeight, most);
  const tabs: [DrawerTab, string][] = [
    ['run', trans.__('Run')],
    [
      'log',
      node !== null && run !== null
        ? trans.__('Log of %1', nameOf(run, node))
        : trans.__('Log')
    ],
    ['results', trans.__('Results')]
  ];
  if (problems) {
    tabs.unshift([
      'problems',
      problems.count > 0
        ? trans.__('Problems (%1)', problems.count)
        : trans.__('Problems')
    ]);
  }
  return (
    <section
      className={`mlops-Drawer${isOpen ? '' : ' mlops-mod-folded'}`}
      aria-label={trans.__('Problems and runs')}
    >
      {isOpen && (
        <Splitter
          orientation="horizontal"
          label={trans.__('Height of the drawer')}
          size={height}
          min={LEAST}
          max={Math.max(LEAST, most)}
          onSize={drawerHeight => view.setPanels({ drawerHeight })}
        />
      )}
      <div className="mlops-Drawer-bar">
        <DrawerTabs
          tabs={tabs}
          current={isOpen ? tab : null}
          hasErrors={problems?.hasErrors ?? false}
          run={run}
          label={trans.__('Problems and runs')}
          panelId={panelId}
          onTab={name =>
            isOpen && name === tab
              ? view.setPanels({ drawer: false })
              : view.showTab(name, true)
          }
        />
        <span className="mlops-Drawer-notice" role="status">
          {notice}
        </span>
        {run !== null && <RunWord screen={screen} run={run} />}
        <button
          className="mlops-IconButton"
          aria-expanded={isOpen}
          title={
            isOpen ? trans.__('Fold the drawer') : trans.__('Open the drawer')
          }
          aria-label={
            isOpen ? trans.__('Fold the drawer') : trans.__('Open the drawer')
          }
          onClick={() => view.setPanels({ drawer: !isOpen })}
        >
          {isOpen ? (
            <caretDownIcon.react tag="span" width="16px" />
          ) : (
            <caretUpIcon.react tag="span" width="16px" />
          )}
        </button>
      </div>
      {isOpen && (
        <div
          className="mlops-Drawer-content"
          role="tabpanel"
          id={panelId}
          style={{ height }}
        >
          <DrawerContent {...props} tab={tab} run={run} node={node} />
        </div>
      )}
    </section>
  );
}

/** How the run stands, in one line at the right. */
function RunWord(props: { screen: IRunScreen; run: Run }): React.JSX.Element {
  const { screen, run } = props;
  const { trans } = screen;
  const now = useNow(1000, isActive(run), screen.clock);
  const created = parseTime(run.started ?? run.created);
  return (
    <span className="mlops-Drawer-run" data-mlops-run-state={run.state}>
      <StateLabel state={run.state} reason={run.reason} trans={trans} />
      <span className="mlops-mod-figures">
        {durationOf(run, now)}
        {created !== null && !isActive(run) ? ` · ${formatClock(created)}` : ''}
      </span>
    </span>
  );
}

function DrawerContent(
  props: IDrawerProps & { tab: DrawerTab; run: Run | null; node: string | null }
): React.JSX.Element {
  const { screen, tab, run, node, problems, onRun } = props;
  const { trans, api } = screen;
  if (tab === 'problems' && problems) {
    return <>{problems.list}</>;
  }
  if (run === null) {
    return <NoRun trans={trans} onRun={onRun} />;
  }
  if (tab === 'results') {
    return (
      <RunResults
        nodes={run.nodes}
        onSelect={id => screen.show(id)}
        trans={trans}
      />
    );
  }
  if (tab === 'log') {
    return <Log {...props} run={run} node={node} />;
  }
  return (
    <>
      <RunFailure {...props} run={run} />
      <Timeline
        run={run}
        selected={node}
        onSelect={id => screen.show(id)}
        onOpen={id => props.onOpenExecuted(run.id, id)}
        loadEvents={id => api.runs.history(id)}
        clock={screen.clock}
        trans={trans}
      />
    </>
  );
}

/** What went wrong in a run: in the node that failed first, else in the run. */
function RunFailure(
  props: IDrawerProps & { run: Run }
): React.JSX.Element | null {
  const { screen, run, onOpenExecuted } = props;
  const { trans, view } = screen;
  const [failed] = Object.entries(run.nodes).filter(
    ([, { state, error }]) => state === 'failed' && error !== null
  );
  if (failed?.[1].error) {
    const [id, { error, notebook }] = failed;
    const actions = [
      {
        label: trans.__('Show log'),
        onClick: () => {
          screen.show(id);
          view.showTab('log', true);
        }
      }
    ];
    if (notebook) {
      actions.push({
        label: trans.__('Open executed notebook'),
        onClick: () => onOpenExecuted(run.id, id)
      });
    }
    return (
      <ErrorNote
        failure={error}
        name={nameOf(run, id)}
        actions={actions}
        trans={trans}
      />
    );
  }
  return run.error && <ErrorNote failure={run.error} trans={trans} />;
}

function Log(
  props: IDrawerProps & { run: Run; node: string | null }
): React.JSX.Element {
  const { screen, run, node } = props;
  const { trans, api } = screen;
  const nodeRun = node === null ? undefined : own(run.nodes, node);
  if (node === null || nodeRun === undefined) {
    return (
      <p className="mlops-Drawer-note">
        {trans.__('Select a node to see its log.')}
      </p>
    );
  }
  const origin = nodeRun.reused_from;
  if (nodeRun.reused && origin !== null) {
    return (
      <div className="mlops-Drawer-note">
        <p>{whySentence(nodeRun, trans)}</p>
        <button
          className="mlops-Button"
          onClick={() => props.onShowRun(origin, node)}
        >
          {trans.__('Show where it ran')}
        </button>
      </div>
    );
  }
  if (nodeRun.attempts === 0 && nodeRun.error === null) {
    return <p className="mlops-Drawer-note">{whySentence(nodeRun, trans)}</p>;
  }
  const actions = nodeRun.notebook
    ? [
        {
          label: trans.__('Open executed notebook'),
          onClick: () => props.onOpenExecuted(run.id, node)
        }
      ]
    : [];
  return (
    <>
      {nodeRun.error !== null && (
        <ErrorNote
          failure={nodeRun.error}
          name={nameOf(run, node)}
          actions={actions}
          trans={trans}
        />
      )}
      <LogView
        source={api.client}
        run={run.id}
        node={node}
        attempts={nodeRun.attempts}
        isActive={isActive(nodeRun)}
        onOpen={attempt => props.onOpenLog(run.id, node, attempt)}
        trans={trans}
      />
    </>
  );
}

function NoRun(props: {
  trans: TranslationBundle;
  onRun?: () => void;
}): React.JSX.Element {
  return (
    <div className="mlops-Drawer-note">
      <p>{props.trans.__('This pipeline has not run yet.')}</p>
      {props.onRun && (
        <button className="mlops-Button" onClick={props.onRun}>
          {props.trans.__('Run it')}
        </button>
      )}
    </div>
  );
}

/** The node whose log is shown: the selected one, else one that tells most. */
function shownNode(
  run: Run | null,
  selected: readonly string[]
): string | null {
  if (run === null) {
    return null;
  }
  const [id] = selected;
  if (selected.length === 1 && Object.hasOwn(run.nodes, id)) {
    return id;
  }
  const nodes = Object.entries(run.nodes);
  const find = (state: string) =>
    nodes.find(([, node]) => node.state === state)?.[0];
  return find('failed') ?? find('running') ?? null;
}

function nameOf(run: Run, node: string): string {
  return own(run.nodes, node)?.label ?? node;
}
