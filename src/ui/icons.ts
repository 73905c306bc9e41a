/**
 * Our own icons. What JupyterLab already draws (run, stop, save, undo …) is
 * taken from it, so that the same thing looks the same everywhere.
 */
import { LabIcon } from '@jupyterlab/ui-components';

/** One path or shape on JupyterLab's 16 pixel grid, in its text colour. */
function drawing(name: string, shapes: string, size = 16): LabIcon {
  return new LabIcon({
    name: `mlops-ext:${name}`,
    svgstr:
      `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 ${size} ${size}">` +
      `${shapes}</svg>`
  });
}

/** Strokes follow the theme as the fills of JupyterLab's own icons do. */
function strokes(name: string, path: string, more = ''): LabIcon {
  return drawing(
    name,
    '<g class="mlops-icon-stroke" fill="none" stroke="#616161" stroke-width="1.4"' +
      ` stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></g>${more}`
  );
}

/** Two steps that meet in a third: a pipeline, as file, card and tab. */
export const pipelineIcon = drawing(
  'pipeline',
  '<g class="jp-icon3" fill="#616161">' +
    '<rect x="1" y="1.5" width="5.5" height="4.5" rx="1.2"/>' +
    '<rect x="1" y="10" width="5.5" height="4.5" rx="1.2"/>' +
    '<path d="M6.5 3.1h1.2c1.3 0 1.6.9 1.6 1.9v1.6c0 .4.1.7.5.7h.7v1.4h-.7c-.4 0-.5.3-.5.7V11c0 1-.3 1.9-1.6 1.9H6.5v-1.3h.9c.5 0 .6-.3.6-.8V9.6c0-.8.2-1.3.7-1.6-.5-.3-.7-.8-.7-1.6V5.2c0-.5-.1-.8-.6-.8h-.9z"/>' +
    '</g>' +
    '<rect class="jp-icon-warn0" fill="#F37726" x="10" y="5.5" width="5.2" height="5" rx="1.2"/>'
);

/** One thing from two others: where a file comes from. */
export const lineageIcon = strokes(
  'lineage',
  'M1.8 2.2h3.4v3.4H1.8zM1.8 10.4h3.4v3.400H1.8zM10.8 6.300h3.400v3.400h-3.400zM5.2 3.900h2.300v8.200H5.2M7.500 8h3.300'
);

/** Columns from left to right: put every node in its place. */
export const arrangeIcon = strokes(
  'arrange',
  'M1.7 2.5h4v3.5h-4zM1.7 10h4v3.5h-4zM10.3 6.2h4v3.6h-4zM5.7 4.2h2.3v7.6H5.7M8 8h2.3'
);

/** The four corners of a frame: show everything. */
export const fitIcon = strokes(
  'fit',
  'M2 5.5V2h3.5M10.5 2H14v3.5M14 10.5V14h-3.5M5.5 14H2v-3.5',
  '<rect class="jp-icon3" fill="#616161" x="5" y="5.6" width="6" height="4.8" rx="1"/>'
);

/** A triangle with its mark: something stands in the way. */
export const problemIcon = drawing(
  'problem',
  '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M8 1.6a1 1 0 0 1 .87.5l6 10.6a1 1 0 0 1-.87 1.5H2a1 1 0 0 1-.87-1.5l6-10.6A1 1 0 0 1 8 1.6zm-.8 4.2.15 4h1.3l.15-4zm.8 5a.85.85 0 1 0 0 1.7.85.85 0 0 0 0-1.7z"/>'
);

/** A sheet with a folded corner: a comment on the canvas. */
export const commentIcon = strokes(
  'comment',
  'M2.5 2.5h11v7.5l-3.5 3.5h-7.5zM13.5 10H10v3.5M5 5.5h6M5 8.2h4'
);

/** A clock that runs backwards: a past run. */
export const pastRunIcon = strokes(
  'past-run',
  'M2.6 5.2A6 6 0 1 1 2 8M2.4 2.2v3.2h3.2M8 4.8V8l2.3 1.6'
);

/** A panel whose left, or right, part is shown. */
export const leftPanelIcon = strokes(
  'left-panel',
  'M1.7 2.7h12.6v10.6H1.7z',
  '<rect class="jp-icon3" fill="#616161" x="1.7" y="2.7" width="4.6" height="10.6"/>'
);
export const rightPanelIcon = strokes(
  'right-panel',
  'M1.7 2.7h12.6v10.6H1.7z',
  '<rect class="jp-icon3" fill="#616161" x="9.7" y="2.7" width="4.6" height="10.6"/>'
);
export const bottomPanelIcon = strokes(
  'bottom-panel',
  'M1.7 2.7h12.6v10.6H1.7z',
  '<rect class="jp-icon3" fill="#616161" x="1.7" y="9" width="12.6" height="4.3"/>'
);
