/** Paths in a pipeline, as text: nothing here looks at files. */
import type { PipelineNode } from './document';
import type { Place } from './issues';

const NOT_RELATIVE = /^(\/|\\|~|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/;

/** Whether the text of a path can be relative to the pipeline file. */
export function isRelativePath(text: string): boolean {
  return !NOT_RELATIVE.test(text);
}

/** The paths that a node names, each with its place. */
export function pathsOf(id: string, node: PipelineNode): [Place, string][] {
  const list = (field: 'files' | 'outputs') =>
    (node[field] ?? []).map((text, index): [Place, string] => [
      ['nodes', id, field, index],
      text
    ]);
  const file: [Place, string][] =
    node.path === undefined ? [] : [[['nodes', id, 'path'], node.path]];
  return [...file, ...list('files'), ...list('outputs')];
}

/** The shortest text of the same path: without "", "." and "a/..". */
export function normalPath(text: string): string {
  const parts: string[] = [];
  for (const part of text.split('/')) {
    const last = parts[parts.length - 1];
    if (part === '..' && last !== undefined && last !== '..') {
      parts.pop();
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return (
    (text.startsWith('/') ? '/' : '') +
    (parts.join('/') || (text.startsWith('/') ? '' : '.'))
  );
}
