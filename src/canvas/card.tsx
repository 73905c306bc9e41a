/**
 * A node on the canvas: what it is, how it stands, and what is wrong with it.
 * Its frame (focus, label for screen readers, data-mlops-node) is xyflow's.
 */
import { Handle, Position as Side } from '@xyflow/react';
import type { NodeProps } from '@xyflow/react';
import React, { memo, useContext } from 'react';

import type { Issue } from '../model/document';
import { safeLine } from '../ui/safetext';
import { StateIcon, stateClass } from '../ui/state';
import { FarContext } from './far';
import type { Card } from './flow';
import { SceneContext } from './scene';
import type { Scene } from './scene';
import { isRunnable, nodeIcon } from './types';
import {
  doing,
  fraction,
  issueCount,
  issueLines,
  nodeDetail,
  nodeName,
  nodeTitle
} from './words';

export const CardView = memo(function CardView({
  data,
  isConnectable
}: NodeProps<Card>): React.JSX.Element {
  const scene = useContext(SceneContext);
  const isFar = useContext(FarContext);
  const { node, run } = data;
  const classes = ['mlops-card'];
  if (isFar) {
    classes.push('mlops-mod-far');
  }
  classes.push(run ? stateClass(run) : 'mlops-mod-idle');
  if (!isRunnable(node)) {
    classes.push('mlops-mod-foreign');
  }
  if (data.planned) {
    classes.push(`mlops-mod-planned-${data.planned.action}`);
  }
  if (node.disabled) {
    classes.push('mlops-mod-disabled');
  }
  return (
    <div className={classes.join(' ')}>
      <span className="mlops-card-strip" />
      {scene &&
        (isFar ? (
          <span className="mlops-card-far">
            {safeLine(nodeName(data.id, node), 40)}
          </span>
        ) : (
          <CardFace data={data} scene={scene} />
        ))}
      {scene && data.issues.length > 0 && (
        <Badge issues={data.issues} scene={scene} />
      )}
      <Handle
        type="target"
        position={Side.Left}
        isConnectable={isConnectable}
        className="mlops-handle"
      />
      <Handle
        type="source"
        position={Side.Right}
        isConnectable={isConnectable}
        className="mlops-handle"
      />
    </div>
  );
});

function CardFace({
  data,
  scene
}: {
  data: Card['data'];
  scene: Scene;
}): React.JSX.Element {
  const { node, run, planned } = data;
  const { trans } = scene;
  const Icon = nodeIcon(node).react;
  const share = fraction(run);
  return (
    <div className="mlops-card-face" title={nodeTitle(data, trans)}>
      <span className="mlops-card-icon">
        <Icon tag={null} elementSize="large" />
      </span>
      <span className="mlops-card-lines">
        <span className="mlops-card-line">
          <span className="mlops-card-name">
            {safeLine(nodeName(data.id, node))}
          </span>
          {run && <StateIcon {...run} />}
        </span>
        <span className="mlops-card-line">
          <span className="mlops-card-detail">{nodeDetail(node, trans)}</span>
          <span className="mlops-card-doing">
            {doing(node, run, planned, trans)}
          </span>
        </span>
      </span>
      {share !== null && (
        <span className="mlops-card-progress">
          <span style={{ width: `${Math.round(share * 100)}%` }} />
        </span>
      )}
    </div>
  );
}

/** How many issues a node has; a click leads to the field of the first. */
function Badge({
  issues,
  scene
}: {
  issues: readonly Issue[];
  scene: Scene;
}): React.JSX.Element {
  const worst =
    issues.find(({ severity }) => severity === 'error') ?? issues[0];
  const label = issueCount(issues.length, scene.trans);
  return (
    <button
      type="button"
      // The frame's label counts them; the list of problems leads there too.
      tabIndex={-1}
      className={`mlops-card-badge mlops-mod-${worst.severity} nodrag`}
      title={issueLines(issues)}
      aria-label={label}
      onClick={() => scene.onShowIssue(worst)}
    >
      {issues.length}
    </button>
  );
}
