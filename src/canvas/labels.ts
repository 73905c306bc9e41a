/** The sentences of xyflow for screen readers, in the person's language. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { AriaLabelConfig } from '@xyflow/react';

export function ariaLabels(
  trans: TranslationBundle,
  readOnly: boolean
): Partial<AriaLabelConfig> {
  const select = trans.__('Press Enter to select it.');
  const open = trans.__('Press Enter again to open it.');
  const move = trans.__('Arrow keys move it, Delete removes it.');
  return {
    'node.a11yDescription.default': `${select} ${open}`,
    'node.a11yDescription.keyboardDisabled': readOnly
      ? `${select} ${open}`
      : `${select} ${open} ${move}`,
    'node.a11yDescription.ariaLiveMessage': ({ x, y }) =>
      trans.__('Moved to %1, %2', x, y),
    'edge.a11yDescription.default': select,
    'controls.ariaLabel': trans.__('Zoom'),
    'controls.zoomIn.ariaLabel': trans.__('Zoom in'),
    'controls.zoomOut.ariaLabel': trans.__('Zoom out'),
    'controls.fitView.ariaLabel': trans.__('Show everything'),
    'minimap.ariaLabel': trans.__('Map of the pipeline'),
    'handle.ariaLabel': trans.__('Connect')
  };
}
