/** The properties with what the screen adds to them: a width, folding, secrets. */
import React, { Suspense, useMemo } from 'react';

import type { Action } from '../model/actions';
import type { PipelineDocument } from '../model/document';
import { rightPanelIcon } from '../ui/icons';
import { CommandIDs } from './commandids';
import type { Execute } from './canvaspart';
import { useLatest, useSignal } from './hooks';
import { Properties } from './parts';
import { Schedules } from './schedules';
import { newSecret } from './secret';
import type { PipelineSession } from './session';

export function PropertiesPart(props: {
  session: PipelineSession;
  document: PipelineDocument;
  readOnly: boolean;
  width: number;
  execute: Execute;
  onFold: () => void;
}): React.JSX.Element {
  const { session, document, readOnly, width, execute, onFold } = props;
  const { trans } = session;
  const issues = useSignal(session.issues.changed, () => session.issues.issues);
  const run = useSignal(session.runs.changed, () => session.runs.onCanvas);
  const selection = useSignal(
    session.selectionChanged,
    () => session.selection
  );
  const field = useSignal(session.noticed, () => session.field);
  const client = useMemo(() => {
    const { client } = session.api;
    return {
      inspect: (path: string) => client.inspect(session.path, path),
      kernels: () => client.kernels(),
      secrets: () => client.secrets(),
      undeclared: () => client.undeclared(session.path)
    };
  }, [session]);
  const schedules = useMemo(
    () => (
      <Schedules
        session={session}
        onSwitchOn={runtime =>
          execute(CommandIDs.schedule, { runtime, stay: true })
        }
      />
    ),
    [session, execute]
  );
  return (
    <aside
      className="mlops-Shell-properties"
      aria-label={trans.__('Properties')}
      style={{ width }}
      onKeyDown={event => {
        // A field that has something to give up keeps its Escape.
        if (event.key === 'Escape' && !event.defaultPrevented) {
          session.focus();
        }
      }}
    >
      <button
        className="mlops-IconButton mlops-Shell-foldProperties"
        title={trans.__('Fold the properties')}
        aria-label={trans.__('Fold the properties')}
        onClick={onFold}
      >
        <rightPanelIcon.react tag="span" width="14px" />
      </button>
      <div className="mlops-Shell-scroll">
        <Suspense fallback={null}>
          <Properties
            document={document}
            selection={selection}
            issues={issues}
            run={run}
            readOnly={readOnly}
            trans={trans}
            client={client}
            focusField={field}
            schedules={schedules}
            onShowLineage={useLatest((path: string) =>
              execute('mlops:show-lineage', { path: session.resolve(path) })
            )}
            onNewSecret={useLatest(() => newSecret(session))}
            onAction={useLatest((action: Action) => session.dispatch(action))}
          />
        </Suspense>
      </div>
    </aside>
  );
}
