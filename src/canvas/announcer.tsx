/** Tells who does not see the canvas what changed in a run: short, and not all of it. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useRef, useState } from 'react';

import type { PipelineDocument } from '../model/document';
import { own } from '../model/document';
import type { Run } from '../model/run';
import { safeLine } from '../ui/safetext';
import { stateWord } from '../ui/state';
import { nodeName } from './words';

/** More changes at once than this are only counted. */
const FEW = 3;

export function Announcer({
  document,
  run,
  trans
}: {
  document: PipelineDocument;
  run: Run | null;
  trans: TranslationBundle;
}): React.JSX.Element {
  const [text, setText] = useState('');
  const before = useRef<Run | null>(run);
  useEffect(() => {
    const last = before.current;
    before.current = run;
    if (run && last && run !== last && run.id === last.id) {
      const news = changes(last, run, document, trans);
      if (news) {
        setText(news);
      }
    }
  }, [run, document, trans]);
  return (
    <div className="jp-sr-only" aria-live="polite">
      {text}
    </div>
  );
}

function changes(
  last: Run,
  run: Run,
  document: PipelineDocument,
  trans: TranslationBundle
): string {
  const news = Object.entries(run.nodes)
    .filter(([id, { state }]) => state !== own(last.nodes, id)?.state)
    .filter(([, { state }]) => state !== 'queued' && state !== 'skipped')
    .map(([id, nodeRun]) => {
      const node = own(document.nodes, id);
      const name = node ? nodeName(id, node) : (nodeRun.label ?? id);
      return `${safeLine(name, 60)}: ${stateWord(nodeRun, trans)}`;
    });
  const ended =
    run.state !== last.state
      ? [trans.__('Run: %1', stateWord({ state: run.state }, trans))]
      : [];
  const said =
    news.length > FEW
      ? [trans._n('%1 node changed', '%1 nodes changed', news.length)]
      : news;
  return [...said, ...ended].join('. ');
}
