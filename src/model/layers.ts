/**
 * Layers of a graph, from left to right as the edges go.
 *
 * Every group of connected nodes is laid out for itself. A node's layer is the
 * longest path to it; long edges pass through the layers between, where they
 * keep a gap free; sweeps with barycentres then take crossings out, and last
 * each node is drawn towards the middle of its neighbours.
 */
import type { PipelineDocument } from './document';
import { NODE_SIZE, byCodePoint } from './document';
import { neighbours } from './graph';

export const GAP_X = 80;
export const GAP_Y = 32;
const ROW = NODE_SIZE.height + GAP_Y;
/** The room that an edge takes where it passes a layer. */
const LANE = GAP_Y;
const ORDER_SWEEPS = 8;
const PLACE_SWEEPS = 6;
/** Passing edges are given lanes up to so many for each node. */
const LANES_PER_NODE = 2;

/** A node, or the lane of an edge that passes a layer. */
export interface Cell {
  readonly id: string | null;
  layer: number;
  /** Its place in the layer, and where it would like to be. */
  order: number;
  wish: number;
  y: number;
  readonly before: Cell[];
  readonly after: Cell[];
}

/** The nodes of a document in groups that hang together, in the order of their first. */
export function groupsOf(document: PipelineDocument): Cell[][] {
  return connected(makeCells(document));
}

/**
 * Give every cell of a group its layer and its height, the highest at 0.
 *
 * @returns the cells, lanes among them, and how high all are together
 */
export function layOut(group: readonly Cell[]): {
  cells: readonly Cell[];
  height: number;
} {
  const layers = makeLayers(group);
  orderLayers(layers);
  const height = placeLayers(layers);
  return { cells: layers.flat(), height };
}

function cell(id: string | null, layer = 0): Cell {
  return { id, layer, order: 0, wish: 0, y: 0, before: [], after: [] };
}

/** The nodes with their edges; those that would close a cycle are left out. */
function makeCells(document: PipelineDocument): Cell[] {
  const cells = new Map<string, Cell>();
  for (const id of Object.keys(document.nodes).sort(byCodePoint)) {
    cells.set(id, cell(id));
  }
  const { after } = neighbours(document);
  for (const [from, to] of forwardEdges([...cells.keys()], after)) {
    const source = cells.get(from);
    const target = cells.get(to);
    if (source && target) {
      source.after.push(target);
      target.before.push(source);
    }
  }
  return [...cells.values()];
}

/** The edges without those that lead back, found depth first. */
function forwardEdges(
  ids: readonly string[],
  after: ReadonlyMap<string, readonly string[]>
): [string, string][] {
  const edges: [string, string][] = [];
  const known = new Set(ids);
  const open = new Set<string>();
  const done = new Set<string>();
  const next = (id: string) =>
    [...new Set(after.get(id))].filter(to => known.has(to)).sort(byCodePoint);
  for (const root of ids) {
    const stack = done.has(root) ? [] : [{ id: root, left: next(root) }];
    open.add(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const to = top.left.shift();
      if (to === undefined) {
        stack.pop();
        open.delete(top.id);
        done.add(top.id);
      } else if (!open.has(to)) {
        edges.push([top.id, to]);
        if (!done.has(to)) {
          open.add(to);
          stack.push({ id: to, left: next(to) });
        }
      }
    }
    open.delete(root);
  }
  return edges;
}

function connected(cells: readonly Cell[]): Cell[][] {
  const seen = new Set<Cell>();
  const groups: Cell[][] = [];
  for (const first of cells) {
    if (seen.has(first)) {
      continue;
    }
    const group = [first];
    seen.add(first);
    for (const at of group) {
      for (const other of [...at.before, ...at.after]) {
        if (!seen.has(other)) {
          seen.add(other);
          group.push(other);
        }
      }
    }
    groups.push(group);
  }
  return groups;
}

/** The layers of a group, with lanes for the edges that pass them. */
function makeLayers(group: readonly Cell[]): Cell[][] {
  const order = sortedByEdges(group);
  for (const at of order) {
    at.layer = at.before.reduce((most, b) => Math.max(most, b.layer + 1), 0);
  }
  // A source stands right before the first that needs it.
  for (const at of order.filter(one => one.before.length === 0)) {
    const first = at.after.reduce(
      (least, a) => Math.min(least, a.layer),
      Infinity
    );
    at.layer = Math.max(0, first - 1);
  }
  const layers: Cell[][] = [];
  for (const at of order) {
    (layers[at.layer] ??= []).push(at);
  }
  addLanes(order, layers);
  for (const layer of layers) {
    layer.forEach((at, index) => (at.order = index));
  }
  return layers;
}

function sortedByEdges(group: readonly Cell[]): Cell[] {
  const missing = new Map(group.map(one => [one, one.before.length]));
  const order = group.filter(one => one.before.length === 0);
  for (const at of order) {
    for (const next of at.after) {
      const left = (missing.get(next) ?? 0) - 1;
      missing.set(next, left);
      if (left === 0) {
        order.push(next);
      }
    }
  }
  return order;
}

function addLanes(order: readonly Cell[], layers: Cell[][]): void {
  let room = order.length * LANES_PER_NODE;
  for (const source of order) {
    for (const target of [...source.after]) {
      const passed = target.layer - source.layer - 1;
      if (passed < 1 || passed > room) {
        continue;
      }
      room -= passed;
      let last = source;
      source.after.splice(source.after.indexOf(target), 1);
      target.before.splice(target.before.indexOf(source), 1);
      for (let layer = source.layer + 1; layer < target.layer; layer++) {
        const lane = cell(null, layer);
        layers[layer].push(lane);
        last.after.push(lane);
        lane.before.push(last);
        last = lane;
      }
      last.after.push(target);
      target.before.push(last);
    }
  }
}

/** Order each layer by where its neighbours are, forwards and backwards. */
function orderLayers(layers: Cell[][]): void {
  const backwards = [...layers].reverse();
  let best = layers.map(layer => [...layer]);
  let least = crossings(layers);
  for (let sweep = 0; sweep < ORDER_SWEEPS && least > 0; sweep++) {
    const isForwards = sweep % 2 === 0;
    for (const layer of isForwards ? layers : backwards) {
      for (const one of layer) {
        const beside = isForwards ? one.before : one.after;
        one.wish = mean(beside, 'order') ?? one.order;
      }
      layer.sort((a, b) => a.wish - b.wish || a.order - b.order);
      layer.forEach((one, index) => (one.order = index));
    }
    const now = crossings(layers);
    if (now < least) {
      least = now;
      best = layers.map(layer => [...layer]);
    }
  }
  best.forEach((layer, index) => {
    layers[index] = layer;
    layer.forEach((one, place) => (one.order = place));
  });
}

/** How often edges between neighbouring layers cross. */
function crossings(layers: readonly Cell[][]): number {
  let count = 0;
  layers.forEach((layer, index) => {
    const size = layers[index + 1]?.length ?? 0;
    // A Fenwick tree: how many edges end at or before a place.
    const tree = new Int32Array(size + 1);
    let seen = 0;
    for (const { after } of layer) {
      // All edges of a node are counted before any of them is added.
      for (const target of after) {
        if (target.layer === index + 1) {
          count += seen;
          for (let at = target.order + 1; at > 0; at -= at & -at) {
            count -= tree[at];
          }
        }
      }
      for (const target of after) {
        if (target.layer === index + 1) {
          seen++;
          for (let at = target.order + 1; at <= size; at += at & -at) {
            tree[at]++;
          }
        }
      }
    }
  });
  return count;
}

/**
 * Give the cells of each layer their places.
 *
 * @returns the height of all
 */
function placeLayers(layers: readonly Cell[][]): number {
  for (const layer of layers) {
    spread(
      layer,
      layer.map(() => 0)
    );
  }
  const backwards = [...layers].reverse();
  for (let sweep = 0; sweep < PLACE_SWEEPS; sweep++) {
    const isForwards = sweep % 2 === 0;
    for (const layer of isForwards ? layers : backwards) {
      const wanted = layer.map(
        one =>
          mean(isForwards ? one.before : one.after, 'y') ??
          mean(isForwards ? one.after : one.before, 'y') ??
          one.y
      );
      spread(layer, wanted);
    }
  }
  const nodes = layers.flat().filter(({ id }) => id !== null);
  const first = nodes.reduce((least, { y }) => Math.min(least, y), Infinity);
  let height = 0;
  for (const node of nodes) {
    node.y = Math.round(node.y - first);
    height = Math.max(height, node.y + NODE_SIZE.height);
  }
  return height;
}

/**
 * Place cells as near as they can be to where they are wanted, in their order
 * and with their gaps: least squares, by pooling those that would overlap.
 */
function spread(layer: readonly Cell[], wanted: readonly number[]): void {
  const pools: { sum: number; count: number }[] = [];
  const starts: number[] = [];
  let start = 0;
  layer.forEach((one, index) => {
    starts.push(start);
    let pool = { sum: wanted[index] - start, count: 1 };
    for (
      let last = pools[pools.length - 1];
      last && last.sum / last.count >= pool.sum / pool.count;
      last = pools[pools.length - 1]
    ) {
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
    start += distance(one, layer[index + 1]);
  });
  let index = 0;
  for (const { sum, count } of pools) {
    for (const end = index + count; index < end; index++) {
      layer[index].y = sum / count + starts[index];
    }
  }
}

/** The distance between the tops of two cells, one below the other. */
function distance(upper: Cell, lower: Cell | undefined): number {
  if (!lower || (upper.id === null && lower.id === null)) {
    return LANE;
  }
  return upper.id !== null && lower.id !== null ? ROW : (ROW + LANE) / 2;
}

function mean(cells: readonly Cell[], what: 'order' | 'y'): number | null {
  if (cells.length === 0) {
    return null;
  }
  let sum = 0;
  for (const one of cells) {
    sum += one[what];
  }
  return sum / cells.length;
}
