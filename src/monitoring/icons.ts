/** Our icons of monitors, on JupyterLab's 16 pixel grid. */
import { LabIcon } from '@jupyterlab/ui-components';

/** A line that goes up and down in a frame: the sidebar's tab. */
export const monitoringIcon = new LabIcon({
  name: 'mlops-ext:monitoring',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<g class="mlops-icon-stroke" fill="none" stroke="#616161" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">' +
    '<path d="M1.7 8.3h2.6l1.9-4.6 3.2 8.6 1.9-4h3"/></g></svg>'
});

/** The same in a sheet with the accent of pipelines: file, tab and card. */
export const monitorIcon = new LabIcon({
  name: 'mlops-ext:monitor',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M2.5 2h11A1.5 1.5 0 0 1 15 3.5v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 1 12.5v-9A1.5 1.5 0 0 1 2.5 2zm0 1.4v9.2h11V3.4z"/>' +
    '<path class="mlops-icon-accent" fill="none" stroke="#F37726" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" d="M4 8.4h1.6l1.3-2.6 2 4.4 1.3-1.8H12"/></svg>'
});
