/** Which results nodes are known to report: by their files, and by the run shown. */
import type { PipelineDocument } from '../model/document';
import { own } from '../model/document';
import { ancestors, descendants, usedResults } from '../model/graph';
import { safeLine } from '../ui/safetext';
import { useInspections } from './facts';
import { useForm } from './form';

/** The name of a node as the canvas has it. */
export function nodeName(document: PipelineDocument, id: string): string {
  const node = own(document.nodes, id);
  const file = node?.path
    ?.split('/')
    .pop()
    ?.replace(/\.[^.]+$/, '');
  return safeLine(node?.label?.trim() ? node.label : file || id, 60);
}

export type ResultsOf = (node: string) => string[];

/** The results that some nodes are known to report. */
export function useResults(nodes: readonly string[]): ResultsOf {
  const { document, run } = useForm();
  const pathOf = (id: string) => own(document.nodes, id)?.path;
  const inspect = useInspections(nodes.flatMap(id => pathOf(id) ?? []));
  const used = usedResults(document);
  return id => {
    const path = pathOf(id);
    const declared = path ? inspect(path)?.notebook?.results : undefined;
    const reported = Object.keys(own(run?.nodes, id)?.results ?? {});
    return [
      ...new Set([...(declared ?? []), ...reported, ...(used.get(id) ?? [])])
    ];
  };
}

export type Offer = {
  node: string;
  name: string;
  names: string[];
  isBefore: boolean;
};

/**
 * The nodes whose results a node could use: those before it, and then those
 * that could be put before it.
 */
export function useOffers(id: string): Offer[] {
  const { document } = useForm();
  const before = ancestors(document, id);
  const after = descendants(document, id);
  const others = Object.keys(document.nodes).filter(
    other => other !== id && !after.has(other)
  );
  const resultsOf = useResults(others);
  return others
    .map(node => ({
      node,
      name: nodeName(document, node),
      names: resultsOf(node).sort(),
      isBefore: before.has(node)
    }))
    .sort((a, b) => Number(b.isBefore) - Number(a.isBefore));
}
