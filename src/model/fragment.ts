/**
 * Pieces of a pipeline that are copied, and ids for what is added.
 */
import type {
  Comment,
  Edge,
  Parameter,
  PipelineDocument,
  PipelineNode,
  Position
} from './document';
import { isObject, own, setOwn } from './document';
import { isLike } from './law';
import { referencesOf } from './references';
import { parseStrict } from './strictjson';

/** The type under which a fragment lies in the clipboard, as JSON. */
export const FRAGMENT_MIME = 'application/x-mlops-nodes';

/** Nodes and comments with the edges between them. */
export interface Fragment {
  version: 1;
  /** The folder that its paths are relative to, if known. */
  folder: string | null;
  /** Parameters of the pipeline that its nodes refer to. */
  parameters: Record<string, Parameter>;
  nodes: Record<string, PipelineNode>;
  edges: Edge[];
  comments: Record<string, Comment>;
  layout: Record<string, Position>;
}

/**
 * What the nodes and comments with these ids are.
 *
 * @param folder - the pipeline file's folder, so that paths can be made right
 * where the fragment is pasted into a file of another folder
 */
export function copy(
  document: PipelineDocument,
  ids: readonly string[],
  folder: string | null = null
): Fragment {
  const fragment: Fragment = {
    version: 1,
    folder,
    parameters: {},
    nodes: {},
    edges: [],
    comments: {},
    layout: {}
  };
  for (const id of ids) {
    const node = own(document.nodes, id);
    const comment = own(document.comments, id);
    if (node) {
      fragment.nodes[id] = node;
      copyParameters(document, id, node, fragment.parameters);
    } else if (comment) {
      fragment.comments[id] = comment;
    }
    const position = own(document.layout, id);
    if (position && (node || comment)) {
      fragment.layout[id] = position;
    }
  }
  const inside = (id: string) => Object.hasOwn(fragment.nodes, id);
  fragment.edges = (document.edges ?? []).filter(
    ({ from, to }) => inside(from) && inside(to)
  );
  return fragment;
}

/** The text of a fragment in the clipboard; null if it is none. */
export function parseFragment(text: string): Fragment | null {
  const read = parseStrict(text);
  const value = read.ok ? read.value : null;
  const blocks = ['parameters', 'nodes', 'comments', 'layout'] as const;
  if (
    !isObject(value) ||
    value.version !== 1 ||
    !Array.isArray(value.edges) ||
    !value.edges.every(isObject) ||
    !blocks.every(block => {
      const entries = value[block];
      return isObject(entries);
    }) ||
    ![value.nodes, value.comments].every(entries =>
      Object.values(entries as object).every(isObject)
    )
  ) {
    return null;
  }
  return { folder: null, ...(value as object) } as Fragment;
}

/** The fragment with its paths made relative to another folder. */
export function rebase(fragment: Fragment, folder: string): Fragment {
  const from = fragment.folder;
  if (from === null || normalise(from) === normalise(folder)) {
    return fragment;
  }
  const move = (path: string) => relative(folder, `${from}/${path}`);
  const nodes: Record<string, PipelineNode> = {};
  for (const [id, node] of Object.entries(fragment.nodes)) {
    const moved = { ...node };
    if (typeof moved.path === 'string') {
      moved.path = move(moved.path);
    }
    for (const field of ['files', 'outputs'] as const) {
      const paths = moved[field];
      if (Array.isArray(paths)) {
        moved[field] = paths.map(move);
      }
    }
    nodes[id] = moved;
  }
  return { ...fragment, folder, nodes };
}

/**
 * A readable id that is not taken: `01 Load-Data.ipynb` becomes `load-data`,
 * a second one `load-data-2`.
 *
 * @param taken - further ids that are taken
 */
export function newId(
  document: PipelineDocument,
  wanted: string,
  taken?: ReadonlySet<string>
): string {
  const isTaken = (id: string) =>
    Object.hasOwn(document.nodes, id) ||
    own(document.comments, id) !== undefined ||
    taken?.has(id) === true;
  const base = readable(wanted);
  let id = base;
  for (let n = 2; isTaken(id); n++) {
    const suffix = `-${n}`;
    id = base.slice(0, ID_LENGTH - suffix.length) + suffix;
  }
  return id;
}

const ID_LENGTH = 63;

/** What of a text can be an id. */
function readable(wanted: string): string {
  if (isLike('id', wanted)) {
    return wanted;
  }
  const name = wanted.slice(wanted.lastIndexOf('/') + 1);
  const id = name
    .replace(/(.)\.[A-Za-z0-9]+$/u, '$1')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/gu, '-')
    .replace(/^[^a-z]+/u, '')
    .slice(0, ID_LENGTH)
    .replace(/[-_]+$/u, '');
  return id || 'node';
}

function copyParameters(
  document: PipelineDocument,
  id: string,
  node: PipelineNode,
  into: Record<string, Parameter>
): void {
  for (const { reference } of referencesOf(id, node)) {
    const parameter =
      reference.kind === 'parameter'
        ? own(document.parameters, reference.name)
        : undefined;
    if (parameter) {
      setOwn(into, reference.name, parameter);
    }
  }
}

/** The parts of a path without `.`, and `..` where it can be taken. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') {
      parts.pop();
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}

/** A path as seen from a folder; both relative to the same root. */
function relative(folder: string, path: string): string {
  const from = normalise(folder).split('/').filter(Boolean);
  const to = normalise(path).split('/');
  let common = 0;
  while (
    common < from.length &&
    common < to.length - 1 &&
    from[common] === to[common]
  ) {
    common++;
  }
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/');
}
