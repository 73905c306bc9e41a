/** Zoom buttons, and a small map in the colours of the states. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Controls, MiniMap, useStore } from '@xyflow/react';
import type { ReactFlowState } from '@xyflow/react';
import React from 'react';

import type { FlowNode } from './flow';

/** On a canvas narrower than this the map would cover what it is a map of. */
const NARROW = 520;
const isNarrow = ({ width }: ReactFlowState) => width < NARROW;

export function Tools({
  trans
}: {
  trans: TranslationBundle;
}): React.JSX.Element {
  const isMapHidden = useStore(isNarrow);
  return (
    <>
      <Controls showInteractive={false} />
      {!isMapHidden && (
        <MiniMap<FlowNode>
          pannable
          zoomable
          nodeClassName={mapClass}
          nodeBorderRadius={8}
          style={{ width: 144, height: 96 }}
          ariaLabel={trans.__('Map of the pipeline')}
        />
      )}
    </>
  );
}

function mapClass(node: FlowNode): string {
  return node.type === 'card'
    ? `mlops-map-node mlops-mod-${node.data.run?.state ?? 'idle'}`
    : 'mlops-map-note';
}
