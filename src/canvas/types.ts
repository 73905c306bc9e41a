/**
 * The types of nodes as one sees them: icon, name, and whether this version
 * runs them. A type that it does not run, or not know, is shown all the same.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  LabIcon,
  notebookIcon,
  pythonIcon,
  rKernelIcon,
  terminalIcon
} from '@jupyterlab/ui-components';

import type { PipelineNode } from '../model/document';
import { nodeFields } from '../model/law';
import { NEEDS_RUNTIME } from '../model/nodetypes';
import { pipelineIcon } from '../ui/icons';

function drawing(name: string, path: string): LabIcon {
  return new LabIcon({
    name: `mlops-ext:node-${name}`,
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
      '<path class="mlops-icon-stroke" fill="none" stroke="#616161" stroke-width="1.4"' +
      ` stroke-linecap="round" stroke-linejoin="round" d="${path}"/></svg>`
  });
}

/** A line that rises and falls: what a monitor looks at. */
const monitorIcon = drawing('monitor', 'M1.5 8.5h2.7l2-5 3 9.5 2-4.5h3.3');

/** A person: somebody has to answer. */
const approvalIcon = drawing(
  'approval',
  'M6.5 7.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2M1.8 14c.2-2.8 2-4.4 4.7-4.4 1.1 0 2 .3 2.8.8M9.7 12.6l1.6 1.6 3-3.3'
);

/** A wheel of four blades: an Airflow operator. */
const operatorIcon = drawing(
  'operator',
  'M8 8c-1-2.6-.7-4.7 0-6.3 1.8 1.3 2.1 3.6 0 6.3zM8 8c2.6-1 4.7-.7 6.3 0-1.3 1.8-3.6 2.1-6.3 0zM8 8c1 2.6.7 4.7 0 6.3-1.8-1.3-2.1-3.6 0-6.3zM8 8c-2.6 1-4.7.7-6.3 0 1.3-1.8 3.6-2.1 6.3 0z'
);

/** A cube: a component from elsewhere. */
const componentIcon = drawing(
  'component',
  'M8 1.5l5.8 3.2v6.6L8 14.5l-5.8-3.2V4.7zM2.2 4.7L8 8l5.8-3.3M8 8v6.5'
);

const unknownIcon = drawing(
  'unknown',
  'M2.5 2.5h11v11h-11zM6.2 6.3c.2-1.1.9-1.6 1.9-1.6 1.1 0 1.8.6 1.8 1.5 0 1.4-1.8 1.4-1.8 2.7M8.1 11.2v.1'
);

/** Whether this version runs such a node on this machine. */
export function isRunnable({ type }: PipelineNode): boolean {
  return nodeFields(type) !== null && !NEEDS_RUNTIME.has(type);
}

export function nodeIcon(node: PipelineNode): LabIcon {
  switch (node.type) {
    case 'notebook':
      return notebookIcon;
    case 'script':
      return scriptIcon(pathOf(node));
    case 'pipeline':
      return pipelineIcon;
    case 'monitor':
      return monitorIcon;
    case 'approval':
      return approvalIcon;
    case 'operator':
      return operatorIcon;
    case 'kfp':
      return componentIcon;
    default:
      return unknownIcon;
  }
}

function scriptIcon(path: string): LabIcon {
  if (path.endsWith('.R') || path.endsWith('.r')) {
    return rKernelIcon;
  }
  return path.endsWith('.sh') ? terminalIcon : pythonIcon;
}

/** The name of a node's type. */
export function typeName(node: PipelineNode, trans: TranslationBundle): string {
  switch (node.type) {
    case 'notebook':
      return trans.__('Notebook');
    case 'script':
      return trans.__('Script');
    case 'pipeline':
      return trans.__('Sub-pipeline');
    case 'monitor':
      return trans.__('Monitor');
    case 'approval':
      return trans.__('Approval');
    case 'operator':
      return trans.__('Airflow operator');
    case 'kfp':
      return trans.__('Kubeflow component');
    default:
      return trans.__('Unknown type');
  }
}

/** The file of a node, or an empty text for types without one. */
export function pathOf(node: PipelineNode): string {
  return typeof node.path === 'string' ? node.path : '';
}
