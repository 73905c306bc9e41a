/**
 * The edges of a document as xyflow wants them, and how they stand in the run
 * that is shown. What did not change keeps its identity, as nodes do.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Condition, JsonValue, PipelineDocument } from '../model/document';
import { own } from '../model/document';
import { edgesByKey } from '../model/patch';
import type { Run } from '../model/run';
import { safeLine } from '../ui/safetext';
import { commentFlowId, readingOrder } from './flow';
import type { Flow, FlowEdge, Source, Tether, Wire, WireData } from './flow';
import { conditionText, nodeName } from './words';

/** The edges, and the lines from comments to what they are about. */
export function flowEdges(
  source: Source,
  before: readonly FlowEdge[]
): FlowEdge[] {
  const { document, run, trans } = source;
  const known = new Map(before.map(edge => [edge.id, edge]));
  const order = new Map(readingOrder(document).map((id, at) => [id, at]));
  const wires: Wire[] = [];
  edgesByKey(document.edges).forEach(({ from, to, when = null }, key) => {
    // An edge to nowhere is an issue, and cannot be drawn.
    if (order.has(from) && order.has(to)) {
      const flow = flowOf(run, from, to, when);
      const old = known.get(key) as Wire | undefined;
      wires.push(makeWire(key, from, to, { when, flow }, document, trans, old));
    }
  });
  const rank = (id: string) => order.get(id) ?? 0;
  wires.sort(
    (a, b) => rank(a.source) - rank(b.source) || rank(a.target) - rank(b.target)
  );
  return [...wires, ...tethers(document, known)];
}

function makeWire(
  id: string,
  from: string,
  to: string,
  data: WireData,
  document: PipelineDocument,
  trans: TranslationBundle,
  old: Wire | undefined
): Wire {
  const names = [from, to].map(end =>
    safeLine(nodeName(end, document.nodes[end]))
  );
  const ariaLabel = data.when
    ? trans.__('Edge from %1 to %2 if %3', ...names, conditionText(data.when))
    : trans.__('Edge from %1 to %2', ...names);
  if (
    old &&
    old.data?.when === data.when &&
    old.data.flow === data.flow &&
    old.ariaLabel === ariaLabel
  ) {
    return old;
  }
  return {
    ...old,
    id,
    type: 'wire',
    source: from,
    target: to,
    data,
    ariaLabel,
    className: `mlops-edge mlops-mod-${data.flow}`,
    // Tab reaches edges from their node, see keyboard.ts.
    domAttributes: {
      tabIndex: -1,
      'data-mlops-edge': id
    } as Wire['domAttributes']
  };
}

function tethers(
  document: PipelineDocument,
  known: ReadonlyMap<string, FlowEdge>
): Tether[] {
  return Object.entries(document.comments ?? {}).flatMap(([id, { nodes }]) =>
    [...new Set(nodes ?? [])]
      .filter(node => own(document.nodes, node))
      .map(node => {
        const key = `${commentFlowId(id)}>${node}`;
        return (
          (known.get(key) as Tether | undefined) ?? {
            id: key,
            type: 'tether' as const,
            source: commentFlowId(id),
            target: node,
            selectable: false,
            focusable: false,
            className: 'mlops-tether',
            domAttributes: { 'aria-hidden': true }
          }
        );
      })
  );
}

/** How an edge stands in a run: running into its target, passed, or never taken. */
function flowOf(
  run: Run | null,
  from: string,
  to: string,
  when: Condition | null
): Flow {
  const source = own(run?.nodes, from);
  const target = own(run?.nodes, to);
  if (!source || !target) {
    return 'idle';
  }
  if (target.state === 'skipped' && target.reason !== 'disabled') {
    return 'dead';
  }
  if (source.state !== 'succeeded' && source.reason !== 'disabled') {
    return target.state === 'queued' ? 'idle' : 'dead';
  }
  if (when && !holds(when, source.results)) {
    return 'dead';
  }
  if (target.state === 'running') {
    return 'running';
  }
  return target.state === 'queued' || target.state === 'waiting'
    ? 'idle'
    : 'done';
}

/** Whether a condition holds, as the engine sees it (mlops_ext/states.py). */
function holds(
  { result, op, value }: Condition,
  results: Readonly<Record<string, JsonValue>>
): boolean {
  const found = own(results, result);
  if (found === undefined) {
    return false;
  }
  if (op === '==' || op === '!=') {
    return (found === value) === (op === '==');
  }
  const isComparable =
    (typeof found === 'number' && typeof value === 'number') ||
    (typeof found === 'string' && typeof value === 'string');
  if (!isComparable) {
    return false;
  }
  switch (op) {
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case '>':
      return found > value;
    default:
      return found >= value;
  }
}
