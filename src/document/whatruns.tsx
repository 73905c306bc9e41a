/** What a run will do, as far as the server can say before it starts. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

import type { Planned, PlannedNode, RunSelect } from '../api/client';
import { own } from '../model/document';
import type { PipelineDocument } from '../model/document';
import { safeLine } from '../ui/safetext';
import { planRequestOf } from './choice';
import type { RunChoice } from './choice';
import type { PipelineSession } from './session';

/** A pause in typing after which the server is asked, in milliseconds. */
const PAUSE = 300;

export function WhatRuns(props: {
  session: PipelineSession;
  /** Null while something is missing in the form. */
  choice: RunChoice | null;
  select: RunSelect | null;
}): React.JSX.Element {
  const { session } = props;
  const { trans } = session;
  const planned = usePlanned(props);
  if (planned === null) {
    return <p className="mlops-RunForm-plan" />;
  }
  const document = session.document();
  return (
    <details className="mlops-RunForm-plan">
      <summary>{summaryOf(planned, trans)}</summary>
      <ul>
        {planned.nodes.map(node => (
          <li key={node.id} data-mlops-planned={node.action}>
            <span className="mlops-RunForm-planName">
              {nameOf(document, node.id)}
            </span>
            <span>{actionWord(node, trans)}</span>
            {node.reason && (
              <span className="mlops-RunForm-planWhy">
                {safeLine(node.reason)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** "3 nodes will run, 5 are reused, 1 is skipped." */
function summaryOf({ nodes }: Planned, trans: TranslationBundle): string {
  const count = (action: PlannedNode['action']) =>
    nodes.filter(node => node.action === action).length;
  const [run, reuse, skip] = [count('run'), count('reuse'), count('skip')];
  const parts = [
    run === 0
      ? trans.__('No node will run')
      : trans._n('%1 node will run', '%1 nodes will run', run, run)
  ];
  if (reuse > 0) {
    parts.push(trans._n('%1 is reused', '%1 are reused', reuse, reuse));
  }
  if (skip > 0) {
    parts.push(trans._n('%1 is skipped', '%1 are skipped', skip, skip));
  }
  return parts.join(', ');
}

function actionWord({ action }: PlannedNode, trans: TranslationBundle): string {
  switch (action) {
    case 'reuse':
      return trans.__('reused');
    case 'skip':
      return trans.__('skipped');
    default:
      return trans.__('will run');
  }
}

function nameOf(document: PipelineDocument, id: string): string {
  const { label, path } = own(document.nodes, id) ?? {};
  return safeLine(label ?? path ?? id, 80);
}

/** The answer to what is asked now; null while there is none. */
function usePlanned(props: {
  session: PipelineSession;
  choice: RunChoice | null;
  select: RunSelect | null;
}): Planned | null {
  const { session, choice, select } = props;
  const [planned, setPlanned] = useState<Planned | null>(null);
  const question =
    choice === null
      ? null
      : JSON.stringify(planRequestOf(session, choice, select));
  useEffect(() => {
    let isCurrent = true;
    setPlanned(null);
    const timer = window.setTimeout(() => {
      if (question === null) {
        return;
      }
      session.api.client
        .plan(JSON.parse(question) as ReturnType<typeof planRequestOf>)
        .then(answer => isCurrent && setPlanned(answer))
        .catch(() => {
          // The start itself will say why.
        });
    }, PAUSE);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [session, question]);
  return planned;
}
