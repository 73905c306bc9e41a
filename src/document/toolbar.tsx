/**
 * The toolbar's own parts. Which ones there are, and their order, is in the
 * settings, where a person can change it.
 */
import { CommandToolbarButton, ReactWidget } from '@jupyterlab/apputils';
import type { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import {
  caretDownIcon,
  checkIcon,
  MenuSvg,
  runIcon,
  saveIcon,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import React, { useRef } from 'react';

import { problemIcon } from '../ui/icons';
import { LOCAL } from '../model/runtime';
import { CommandIDs } from './commandids';
import { useSignal } from './hooks';
import { chosenRuntime, runtimeName, useRuntimes } from './runtimes';
import { NextStart } from './nextstart';
import type { PipelineSession } from './session';
import { PipelineDocumentWidget } from './widget';

/** The name that the settings know the toolbar by. */
export const TOOLBAR = 'Pipeline';

/** Buttons that are a command; some say their name. */
const BUTTONS: { readonly [name: string]: string } = {
  stop: CommandIDs.cancel,
  undo: CommandIDs.undo,
  redo: CommandIDs.redo,
  add: CommandIDs.addNodes,
  arrange: CommandIDs.arrange,
  fit: CommandIDs.fit
};

/** Ways to run less than all of it. */
const PARTS = [
  CommandIDs.runOnly,
  CommandIDs.runFrom,
  CommandIDs.runTo,
  CommandIDs.runFailed
];

export function addToolbarParts(
  registry: IToolbarWidgetRegistry,
  commands: CommandRegistry
): void {
  const add = (
    name: string,
    make: (session: PipelineSession) => Widget
  ): void => {
    registry.addFactory(TOOLBAR, name, (widget: Widget) =>
      make((widget as PipelineDocumentWidget).session)
    );
  };
  for (const [name, id] of Object.entries(BUTTONS)) {
    // With its own pipeline: the button of a tab that is not the current one.
    add(
      name,
      session =>
        new CommandToolbarButton({
          commands,
          id,
          args: { path: session.path, toolbar: true }
        })
    );
  }
  add('save', session =>
    react(<SaveButton {...{ session, commands }} />, 'save')
  );
  add('run', session => react(<RunButton {...{ session, commands }} />, 'run'));
  add('problems', session =>
    react(<ProblemsButton session={session} />, 'problems')
  );
  add('schedule', session =>
    react(<NextStart session={session} />, 'schedule')
  );
  add('runtime', session =>
    react(<RuntimePicker session={session} />, 'runtime')
  );
}

function react(element: React.JSX.Element, name: string): Widget {
  const widget = ReactWidget.create(element);
  widget.addClass('jp-ToolbarButton');
  widget.addClass(`mlops-Toolbar-${name}`);
  return widget;
}

/** Saves, unless the file is none that we may write. */
function SaveButton(props: {
  session: PipelineSession;
  commands: CommandRegistry;
}): React.JSX.Element {
  const { session, commands } = props;
  const isWritable = useSignal(
    session.changed,
    () => session.isReady && !session.readOnly
  );
  return (
    <ToolbarButtonComponent
      icon={saveIcon}
      tooltip={session.trans.__('Save the pipeline')}
      enabled={isWritable}
      onClick={() => void commands.execute('docmanager:save')}
    />
  );
}

/** Run, and beside it the other ways to run. */
function RunButton(props: {
  session: PipelineSession;
  commands: CommandRegistry;
}): React.JSX.Element {
  const { session, commands } = props;
  const { trans } = session;
  const group = useRef<HTMLSpanElement>(null);
  const isActive = useSignal(session.runs.changed, () => session.runs.isActive);
  const isReadable = useSignal(
    session.changed,
    () => session.isReady && session.model.unreadable === null
  );
  const runtime = useSignal(session.view.changed, () => chosenRuntime(session));
  const openMenu = () => {
    const menu = new MenuSvg({ commands });
    const { path } = session;
    menu.addItem({ command: CommandIDs.run, args: { path } });
    menu.addItem({ command: CommandIDs.runWith, args: { path } });
    if (chosenRuntime(session) === LOCAL) {
      menu.addItem({
        command: CommandIDs.run,
        args: { path, mode: 'isolated' }
      });
      for (const command of PARTS) {
        menu.addItem({ command, args: { path } });
      }
    }
    if (session.document().schedule) {
      for (const { name: runtime } of session.api.runtimes.known) {
        menu.addItem({ command: CommandIDs.schedule, args: { path, runtime } });
      }
    }
    const box = group.current?.getBoundingClientRect();
    menu.aboutToClose.connect(() => {
      // After the command that was chosen.
      setTimeout(() => menu.dispose());
    });
    menu.open(box?.left ?? 0, box?.bottom ?? 0);
  };
  return (
    <span ref={group} className="mlops-Toolbar-split">
      <ToolbarButtonComponent
        icon={runIcon}
        label={trans.__('Run')}
        tooltip={
          runtime !== LOCAL
            ? trans.__(
                'Save and run the pipeline on %1',
                runtimeName(session, runtime)
              )
            : isActive
              ? trans.__('Run the pipeline once more')
              : trans.__('Save and run the pipeline')
        }
        enabled={isReadable}
        onClick={() =>
          void commands.execute(CommandIDs.run, { path: session.path })
        }
      />
      <ToolbarButtonComponent
        icon={caretDownIcon}
        tooltip={trans.__('Other ways to run')}
        aria-haspopup="menu"
        enabled={isReadable}
        onClick={openMenu}
      />
    </span>
  );
}

/** How many problems there are; leads to their list. */
function ProblemsButton(props: {
  session: PipelineSession;
}): React.JSX.Element {
  const { session } = props;
  const { trans } = session;
  const issues = useSignal(session.issues.changed, () => session.issues.issues);
  const isReadable = useSignal(
    session.changed,
    () => session.model.unreadable === null
  );
  if (!isReadable) {
    return <></>;
  }
  const hasErrors = issues.some(({ severity }) => severity === 'error');
  const count = issues.length;
  const label =
    count === 0
      ? trans.__('No problems')
      : trans._n('%1 problem', '%1 problems', count);
  return (
    <ToolbarButtonComponent
      className={
        count === 0
          ? 'mlops-mod-none'
          : hasErrors
            ? 'mlops-mod-error'
            : 'mlops-mod-warning'
      }
      icon={count === 0 ? checkIcon : problemIcon}
      label={label}
      tooltip={trans.__('Show the problems of this pipeline')}
      onClick={() => session.view.showTab('problems', true)}
    />
  );
}

/** Where the pipeline runs. */
function RuntimePicker(props: { session: PipelineSession }): React.JSX.Element {
  const { session } = props;
  const { trans, view } = session;
  const runtime = useSignal(view.changed, () => chosenRuntime(session));
  const runtimes = useRuntimes(session, runtime);
  return (
    <label className="mlops-Toolbar-picker">
      <span>{trans.__('Runtime')}</span>
      <select
        value={runtime}
        title={trans.__('Where the pipeline runs')}
        onFocus={() => void session.api.runtimes.refresh()}
        onChange={event => {
          view.remember({ runtime: event.target.value });
          session.plan.update();
        }}
      >
        {runtimes.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
