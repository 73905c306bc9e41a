/**
 * The types of nodes and the files that they are made of.
 */
import type { NodeType } from './document';

/** What the name of a type's file ends in; types that are not here have none. */
export const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map([
  ['notebook', ['.ipynb']],
  ['script', ['.py', '.R', '.sh']],
  ['pipeline', ['.pipeline']],
  ['monitor', ['.monitor']]
]);

/** Types that this version doesn't run on this machine. */
export const NEEDS_RUNTIME: ReadonlySet<string> = new Set([
  'pipeline',
  'approval',
  'operator',
  'kfp'
]);

/** The type of node that a file makes; null if it makes none. */
export function nodeTypeOf(path: string): NodeType | null {
  for (const [type, suffixes] of SUFFIXES) {
    if (suffixes.some(suffix => path.endsWith(suffix))) {
      return type as NodeType;
    }
  }
  return null;
}
