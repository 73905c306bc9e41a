/** Icons of the Runs panel that JupyterLab and src/ui/icons.ts don't have. */
import { LabIcon } from '@jupyterlab/ui-components';

function icon(name: string, shapes: string): LabIcon {
  return new LabIcon({
    name: `mlops-ext:${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
      `${shapes}</svg>`
  });
}

/** A list of runs, the first of them with a mark: the panel's own. */
export const runsIcon = icon(
  'runs',
  '<g class="jp-icon3" fill="#616161">' +
    '<path d="M1.6 1.9v4.2L5.2 4zM7 3.2h7.4v1.6H7zM7 7.2h7.4v1.6H7zM7 11.2h7.4v1.6H7z"/>' +
    '<circle cx="3.1" cy="8" r="1.5"/><circle cx="3.1" cy="12" r="1.5"/></g>'
);

/** Forward once more, from the point where it broke. */
export const retryIcon = icon(
  'retry',
  '<g class="jp-icon3" fill="#616161">' +
    '<path d="M8 2.5a5.5 5.5 0 1 0 5.4 6.6h-1.5A4.1 4.1 0 1 1 8 3.9c1 0 2 .4 2.7 1L8.8 6.8h5V1.9l-2 2A5.5 5.5 0 0 0 8 2.5z"/>' +
    '<path d="M6.6 5.9v4.2L10 8z"/></g>'
);

/** Two nodes and an edge: this run, on the canvas. */
export const canvasIcon = icon(
  'canvas',
  '<g class="jp-icon3" fill="#616161">' +
    '<path d="M1.5 2.5h5.6v4.2H1.5zm1.4 1.4v1.4h2.8V3.9zM8.9 9.3h5.6v4.2H8.9zm1.4 1.4v1.4h2.8v-1.4z" fill-rule="evenodd"/>' +
    '<path d="M3.6 6.7H5v4h3.9v1.4H3.6z"/></g>'
);
