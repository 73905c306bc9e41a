/** What becomes selected by what is done. */
import type { Issue, PipelineDocument, Selection } from '../model/document';
import { edgeKey } from '../model/patch';
import type { Patch } from '../model/patch';

export const NOTHING: Selection = { nodes: [], edges: [], comments: [] };

/** The nodes and comments that a patch adds, to be selected; null for none. */
export function addedBy(
  patch: Patch,
  before: PipelineDocument
): Selection | null {
  const added = (block: string, known: object | undefined) =>
    patch
      .filter(
        ({ path, value }) =>
          path[0] === block &&
          path.length === 2 &&
          value !== undefined &&
          !Object.hasOwn(known ?? {}, path[1])
      )
      .map(({ path }) => path[1]);
  const nodes = added('nodes', before.nodes);
  const comments = added('comments', before.comments);
  return nodes.length + comments.length > 0
    ? { nodes, edges: [], comments }
    : null;
}

/** What to select to see an issue's place. */
export function issuePlace(
  document: PipelineDocument,
  issue: Issue,
  node: string | null
): Selection {
  const [, block, index] = issue.pointer.split('/');
  const edge = block === 'edges' ? document.edges?.[Number(index)] : undefined;
  if (edge) {
    return { ...NOTHING, edges: [edgeKey(edge.from, edge.to)] };
  }
  return node === null ? NOTHING : { ...NOTHING, nodes: [node] };
}

export function sameSelection(a: Selection, b: Selection): boolean {
  const same = (x: readonly string[], y: readonly string[]) =>
    x.length === y.length && x.every((id, index) => id === y[index]);
  return (
    same(a.nodes, b.nodes) &&
    same(a.edges, b.edges) &&
    same(a.comments, b.comments)
  );
}
