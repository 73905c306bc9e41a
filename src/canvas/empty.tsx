/** What an empty canvas says: the next step, and an example to look at. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

export function EmptyCanvas({
  trans,
  readOnly,
  onOpenExample
}: {
  trans: TranslationBundle;
  readOnly: boolean;
  onOpenExample?: () => void;
}): React.JSX.Element {
  return (
    <div className="mlops-canvas-empty">
      <p>
        {readOnly
          ? trans.__('This pipeline has no nodes')
          : trans.__('Drop notebooks here, or press + to add one')}
      </p>
      {!readOnly && onOpenExample && (
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          onClick={() => onOpenExample()}
        >
          {trans.__('Open the example')}
        </button>
      )}
    </div>
  );
}
