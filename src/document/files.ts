/** Which files can be nodes, and how their paths stand to the pipeline's. */
import { nodeTypeOf } from '../model/nodetypes';

/** What kind of node a file makes by being dropped; null if it makes none. */
export function nodeType(path: string): 'notebook' | 'script' | null {
  const type = nodeTypeOf(path);
  return type === 'notebook' || type === 'script' ? type : null;
}

/** The path of a file as a pipeline in `folder` writes it: relative, posix. */
export function relativePath(folder: string, path: string): string {
  const from = split(folder);
  const to = split(path);
  let shared = 0;
  while (
    shared < from.length &&
    shared < to.length - 1 &&
    from[shared] === to[shared]
  ) {
    shared += 1;
  }
  return [...from.slice(shared).map(() => '..'), ...to.slice(shared)].join('/');
}

function split(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.');
}
