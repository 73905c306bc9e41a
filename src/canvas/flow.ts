/**
 * The nodes of a document as xyflow wants them, in the order in which Tab goes
 * through them (wires.ts has the edges). What did not change keeps its identity, so that a state
 * that arrives while a pipeline runs redraws one card and not a hundred.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Position as Side } from '@xyflow/react';
import type { Edge as BaseEdge, Node as BaseNode } from '@xyflow/react';

import type { PlannedNode } from '../api/client';
import type {
  Comment,
  Condition,
  Issue,
  PipelineDocument,
  PipelineNode,
  Position
} from '../model/document';
import { COMMENT_SIZE, NODE_SIZE, own } from '../model/document';
import { topologicalOrder } from '../model/graph';
import { commentPlaces, nodePlaces } from '../model/layout';
import type { NodeRun, Run } from '../model/run';
import { safeLine } from '../ui/safetext';
import { isActive } from '../ui/state';
import { nodeAria } from './words';

export type CardData = {
  readonly id: string;
  readonly node: PipelineNode;
  readonly run: NodeRun | null;
  /** What a run would do with it; null where one is shown, or it goes without saying. */
  readonly planned: PlannedNode | null;
  readonly issues: readonly Issue[];
};
export type NoteData = { readonly id: string; readonly comment: Comment };

/** How an edge stands in the run that is shown. */
export type Flow = 'idle' | 'running' | 'done' | 'dead';
export type WireData = {
  readonly when: Condition | null;
  readonly flow: Flow;
};

export type Card = BaseNode<CardData, 'card'>;
export type Note = BaseNode<NoteData, 'note'>;
export type FlowNode = Card | Note;
export type Wire = BaseEdge<WireData, 'wire'>;
/** From a comment to a node that it is about. */
export type Tether = BaseEdge<Record<string, never>, 'tether'>;
export type FlowEdge = Wire | Tether;

/** A comment and a node may have the same id; on the canvas they may not. */
const COMMENT = 'comment:';

export function commentFlowId(id: string): string {
  return COMMENT + id;
}

/** The comment's id of a flow id, or null if it is a node's. */
export function commentId(flowId: string): string | null {
  return flowId.startsWith(COMMENT) ? flowId.slice(COMMENT.length) : null;
}

/** Handles are larger than what one sees of them, see canvas.css. */
export const GRIP = 20;
const HANDLE = {
  width: GRIP,
  height: GRIP,
  y: (NODE_SIZE.height - GRIP) / 2
};
const HANDLES: Card['handles'] = [
  { ...HANDLE, type: 'target', position: Side.Left, x: -GRIP / 2 },
  {
    ...HANDLE,
    type: 'source',
    position: Side.Right,
    x: NODE_SIZE.width - GRIP / 2
  }
];

const NO_ISSUES: readonly Issue[] = [];
const ORIGIN: Position = [0, 0];

export type Source = {
  document: PipelineDocument;
  issues: readonly Issue[];
  run: Run | null;
  planned?: ReadonlyMap<string, PlannedNode> | null;
  trans: TranslationBundle;
};

/** The nodes and comments, reusing those of `before` that say the same. */
export function flowNodes(
  source: Source,
  before: readonly FlowNode[]
): FlowNode[] {
  const { document } = source;
  const known = new Map(before.map(node => [node.id, node]));
  const nodes = nodePlaces(document);
  const comments = commentPlaces(document, nodes);
  const issues = issuesByNode(source.issues);
  const planned = newsOf(source);
  const cards = readingOrder(document).map(id => {
    const data: CardData = {
      id,
      node: document.nodes[id],
      run: own(source.run?.nodes, id) ?? null,
      planned: planned(id),
      issues: issues.get(id) ?? NO_ISSUES
    };
    const old = known.get(id) as Card | undefined;
    return makeCard(data, nodes.get(id) ?? ORIGIN, source.trans, old);
  });
  const notes = Object.entries(document.comments ?? {}).map(([id, comment]) =>
    makeNote(
      { id, comment },
      comments.get(id) ?? ORIGIN,
      source.trans,
      known.get(commentFlowId(id)) as Note | undefined
    )
  );
  // Notes lie below cards, and come after them when one tabs.
  return [...cards, ...notes];
}

/**
 * What a run would do, where that is news to who looks: how a run that is shown
 * has ended stays true until something changes that its nodes depend on.
 */
function newsOf({ run, planned }: Source): (id: string) => PlannedNode | null {
  if (!planned || (run && isActive(run))) {
    return () => null;
  }
  const isChanged = ({ code }: PlannedNode) =>
    code?.startsWith('changed-') ?? false;
  const hasChange = [...planned.values()].some(isChanged);
  const isNews = (node: PlannedNode) =>
    run === null ||
    isChanged(node) ||
    (hasChange && node.action === 'run' && node.code === 'upstream');
  return id => {
    const node = planned.get(id);
    return node && isNews(node) ? node : null;
  };
}

/** The nodes from the first to the last; where they turn in a circle, by id. */
export function readingOrder(document: PipelineDocument): string[] {
  return topologicalOrder(document) ?? Object.keys(document.nodes).sort();
}

function makeCard(
  data: CardData,
  [x, y]: Position,
  trans: TranslationBundle,
  old: Card | undefined
): Card {
  const isSame =
    old !== undefined &&
    old.data.node === data.node &&
    sameRun(old.data.run, data.run) &&
    samePlan(old.data.planned, data.planned) &&
    sameIssues(old.data.issues, data.issues);
  if (isSame && isAt(old, x, y)) {
    return old;
  }
  if (isSame) {
    return { ...old, position: { x, y } };
  }
  const { id, node, run, planned, issues } = data;
  return {
    ...old,
    id,
    type: 'card',
    position: old?.dragging ? old.position : { x, y },
    data,
    ...NODE_SIZE,
    // So that xyflow does not measure, and then draw all of them again.
    measured: NODE_SIZE,
    handles: HANDLES,
    className: 'mlops-node',
    ariaLabel: nodeAria({ id, node, run, planned, issues }, trans),
    domAttributes: {
      'data-mlops-node': id,
      'data-state': run?.state ?? 'idle'
    } as Card['domAttributes']
  };
}

function makeNote(
  data: NoteData,
  place: Position,
  trans: TranslationBundle,
  old: Note | undefined
): Note {
  const [x, y] = place;
  const width = place[2] ?? COMMENT_SIZE.width;
  const height = place[3] ?? COMMENT_SIZE.height;
  const isSame =
    old !== undefined &&
    isAt(old, x, y) &&
    (old.resizing || (old.width === width && old.height === height));
  if (isSame && old.data.comment === data.comment) {
    return old;
  }
  const text = safeLine(data.comment.text, 80);
  return {
    ...old,
    id: commentFlowId(data.id),
    type: 'note',
    position: old?.dragging ? old.position : { x, y },
    data,
    ...(old?.resizing ? {} : { width, height, measured: { width, height } }),
    handles: [
      {
        type: 'source',
        position: Side.Right,
        x: width / 2,
        y: height / 2,
        width: 0,
        height: 0
      }
    ],
    zIndex: -1,
    className: 'mlops-comment',
    ariaLabel: trans.__('Comment: %1', text),
    domAttributes: { 'data-mlops-comment': data.id } as Note['domAttributes']
  };
}

/** While it is dragged a node is where the pointer has it. */
function isAt(node: FlowNode, x: number, y: number): boolean {
  return (
    node.dragging === true || (node.position.x === x && node.position.y === y)
  );
}

function issuesByNode(issues: readonly Issue[]): Map<string, Issue[]> {
  const byNode = new Map<string, Issue[]>();
  for (const issue of issues) {
    for (const id of issue.nodes ?? (issue.node === null ? [] : [issue.node])) {
      byNode.set(id, [...(byNode.get(id) ?? []), issue]);
    }
  }
  return byNode;
}

function sameIssues(a: readonly Issue[], b: readonly Issue[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      (issue, i) =>
        issue === b[i] ||
        (issue.pointer === b[i].pointer &&
          issue.message === b[i].message &&
          issue.hint === b[i].hint &&
          issue.severity === b[i].severity)
    )
  );
}

function samePlan(a: PlannedNode | null, b: PlannedNode | null): boolean {
  return a?.action === b?.action && a?.reason === b?.reason;
}

/** Whether two node runs look the same on a card. */
function sameRun(a: NodeRun | null, b: NodeRun | null): boolean {
  if (a === b || a === null || b === null) {
    return a === b;
  }
  return (
    a.state === b.state &&
    a.reason === b.reason &&
    a.reused === b.reused &&
    a.seconds === b.seconds &&
    a.cell === b.cell &&
    a.cells === b.cells &&
    a.error?.message === b.error?.message
  );
}
