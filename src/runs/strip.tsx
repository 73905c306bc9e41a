/**
 * The nodes of a run at a glance: a small square each, in the order of the
 * plan; where there are too many for that, how many stand how.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo } from 'react';

import { STATES } from '../model/run';
import type { NodeRunSummary, RunState } from '../model/run';
import { stateClass, stateWord } from '../ui/state';
import { nodeName } from './names';

const MOST_SQUARES = 10;

type Nodes = Readonly<Record<string, NodeRunSummary & { reused?: boolean }>>;

export const NodeStrip = memo(function NodeStrip(props: {
  nodes: Nodes;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { nodes, trans } = props;
  const entries = Object.entries(nodes);
  const counts = STATES.map((state): [RunState, number] => [
    state,
    entries.filter(([, node]) => node.state === state).length
  ]).filter(([, count]) => count > 0);
  const words = counts
    .map(([state, count]) =>
      trans.__('%1 %2', count, stateWord({ state }, trans).toLowerCase())
    )
    .join(', ');
  return (
    <span
      className="mlops-Strip"
      role="img"
      aria-label={trans.__('Nodes: %1', words)}
      title={words}
    >
      {entries.length <= MOST_SQUARES
        ? entries.map(([id, node]) => (
            <span
              key={id}
              className={`mlops-Strip-square ${stateClass(node)}`}
              title={`${nodeName(id, node)}: ${stateWord(node, trans)}`}
            />
          ))
        : counts.map(([state, count]) => (
            <span
              key={state}
              className={`mlops-Strip-part ${stateClass({ state })}`}
              style={{ flexGrow: count }}
            />
          ))}
    </span>
  );
});
