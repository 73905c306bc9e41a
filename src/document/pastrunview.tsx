/**
 * A run of the past, on the canvas as the pipeline was then. The same picture
 * as the open pipeline's, read-only, under a band that says what it is.
 */
import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { Suspense, useEffect, useRef, useState } from 'react';

import { pipelinePath } from '../api/runs';
import type { CanvasController } from '../canvas/props';
import type { Selection } from '../model/document';
import type { Run } from '../model/run';
import { pastRunIcon } from '../ui/icons';
import { selectionWords } from '../ui/selection';
import { isActive, StateIcon } from '../ui/state';
import {
  durationOf,
  formatClock,
  formatExact,
  parseTime,
  useNow
} from '../ui/time';
import { CommandIDs } from './commandids';
import { Drawer } from './drawer';
import { useLatest, useSignal } from './hooks';
import { Canvas } from './parts';
import type { PastRun } from './pastrun';
import { RemoteBar } from './remotebar';
import type { ShellTools } from './tools';

class PastRunView extends ReactWidget {
  constructor(
    readonly past: PastRun,
    private readonly tools: ShellTools
  ) {
    super();
    this.addClass('mlops-PipelineView');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.past.dispose();
      super.dispose();
    }
  }

  protected override render(): React.JSX.Element {
    return <PastRunShell past={this.past} tools={this.tools} />;
  }
}

/** The tab of a past run. */
export class PastRunWidget extends MainAreaWidget<PastRunView> {
  constructor(past: PastRun, tools: ShellTools) {
    super({ content: new PastRunView(past, tools) });
    this.id = `mlops-run-${past.id}`;
    this.addClass('mlops-PastRun');
    this.toolbar.hide();
    this.title.icon = pastRunIcon;
    this.title.closable = true;
    this._name(past);
    past.changed.connect(this._name);
  }

  get runId(): string {
    return this.content.past.id;
  }

  private readonly _name = (past: PastRun): void => {
    const { run, trans } = past;
    const name = run ? PathExt.basename(run.pipeline) : '';
    this.title.label = run
      ? trans.__('%1, %2', name, clockOf(run))
      : trans.__('Past run');
    this.title.caption = run
      ? trans.__('A run of %1', pipelinePath(run))
      : past.id;
  };
}

function PastRunShell(props: {
  past: PastRun;
  tools: ShellTools;
}): React.JSX.Element {
  const { past, tools } = props;
  const { trans } = past;
  const run = useSignal(past.changed, () => past.run);
  const document = useSignal(past.changed, () => past.document());
  const isLoaded = useSignal(past.changed, () => past.isLoaded);
  const selection = useSignal(past.changed, () => past.selection);
  const failure = useSignal(past.changed, () => past.failure);
  const box = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const element = box.current;
    const observer = new ResizeObserver(() =>
      setHeight(element?.clientHeight ?? 0)
    );
    if (element) {
      observer.observe(element);
    }
    return () => observer.disconnect();
  }, []);
  const execute = (command: string, args: object) =>
    void tools.commands.execute(command, { ...args });
  const nothing = useLatest(() => undefined);
  const onSelect = useLatest((next: Selection) => past.select(next));
  const onOpenNode = useLatest((node: string) =>
    execute(CommandIDs.openExecuted, { run: past.id, node })
  );
  const controller = useLatest((next: CanvasController | null) => {
    past.canvas = next;
  });
  const canvas = isLoaded ? (
    <Suspense fallback={null}>
      <Canvas
        document={document}
        issues={NO_ISSUES}
        run={run}
        selection={selection}
        readOnly
        trans={trans}
        renderMarkdown={tools.renderMarkdown}
        onAction={nothing}
        onSelect={onSelect}
        onOpenNode={onOpenNode}
        controller={controller}
      />
    </Suspense>
  ) : null;
  return (
    <div ref={box} className="mlops-Shell">
      {run !== null && <Band past={past} run={run} tools={tools} />}
      {failure !== null ? (
        <p className="mlops-Shell-note">
          {trans.__('This run cannot be shown: %1', failure)}
        </p>
      ) : (
        <div className="mlops-Shell-main">
          <div className="mlops-Shell-canvas">
            {canvas}
            <RemoteBar
              run={run}
              clock={past.clock}
              onRetry={id => execute(CommandIDs.retry, { run: id })}
              onResume={id => execute(CommandIDs.resume, { run: id })}
              trans={trans}
            />
          </div>
        </div>
      )}
      <Drawer
        screen={past}
        most={Math.max(0, height - 180)}
        onOpenExecuted={(id, node) =>
          execute(CommandIDs.openExecuted, { run: id, node })
        }
        onShowRun={(id, node) => execute('mlops:show-run', { id, node })}
        onOpenLog={(id, node, attempt) =>
          execute(CommandIDs.openLog, { run: id, node, attempt })
        }
      />
    </div>
  );
}

const NO_ISSUES: readonly never[] = [];

/** What run this is, and the ways from here. */
function Band(props: {
  past: PastRun;
  run: Run;
  tools: ShellTools;
}): React.JSX.Element {
  const { past, run, tools } = props;
  const { trans } = past;
  const now = useNow(1000, isActive(run), past.clock);
  const path = pipelinePath(run);
  const values = Object.entries(run.parameters)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');
  const created = parseTime(run.created);
  return (
    <div className="mlops-Band" role="region" aria-label={trans.__('Past run')}>
      <StateIcon state={run.state} reason={run.reason} />
      <span
        className="mlops-Band-what mlops-mod-figures"
        title={created === null ? undefined : formatExact(created)}
      >
        {[
          sentence(run, durationOf(run, now), trans),
          selectionWords(run, trans)
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
      <span className="mlops-Band-values" title={values}>
        {values || trans.__('no parameters')}
      </span>
      <button
        className="mlops-Button"
        onClick={() =>
          void tools.commands.execute(CommandIDs.run, {
            path,
            parameters: run.parameters,
            mode: run.mode,
            runtime: run.runtime,
            open: true
          })
        }
      >
        {trans.__('Run again')}
      </button>
      <button
        className="mlops-Button"
        onClick={() => void tools.commands.execute('docmanager:open', { path })}
      >
        {trans.__('Back to the pipeline')}
      </button>
    </div>
  );
}

function sentence(
  run: Run,
  duration: string,
  trans: TranslationBundle
): string {
  const clock = clockOf(run);
  switch (run.state) {
    case 'succeeded':
      return trans.__('Run of %1, succeeded after %2', clock, duration);
    case 'failed':
      return trans.__('Run of %1, failed after %2', clock, duration);
    case 'cancelled':
      return trans.__('Run of %1, cancelled after %2', clock, duration);
    default:
      return trans.__('Run of %1, going on for %2', clock, duration);
  }
}

function clockOf(run: Run): string {
  const created = parseTime(run.created);
  return created === null ? '' : formatClock(created);
}
