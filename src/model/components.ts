/**
 * Groups of nodes that reach each other, cycles through them, and who is
 * upstream of whom: linear, or bit by bit, and without recursion, since a
 * pipeline at its limits must not stop the browser.
 */
import type { PipelineDocument } from './document';
import { byCodePoint } from './document';
import { neighbours } from './graph';

/** The graph of a document, by indices; edges to unknown nodes are left out. */
export class Components {
  constructor(document: PipelineDocument) {
    this.ids = Object.keys(document.nodes).sort(byCodePoint);
    this.ids.forEach((id, index) => this._index.set(id, index));
    const { before, after } = neighbours(document);
    const known = (ids: readonly string[] = []) =>
      [...new Set(ids.flatMap(id => this._index.get(id) ?? []))].sort(
        (a, b) => a - b
      );
    this._after = this.ids.map(id => known(after.get(id)));
    this._before = this.ids.map(id => known(before.get(id)));
    this._groups = this._findGroups();
  }

  /** The ids, sorted. */
  readonly ids: readonly string[];

  /**
   * A shortest cycle through the first node of every group of nodes that
   * reach each other. Each begins with the least id of its group.
   */
  cycles(): string[][] {
    return this._groups
      .filter(group => this._isCyclic(group))
      .map(group => this._cycle(Math.min(...group), new Set(group)))
      .sort(([a], [b]) => a - b)
      .map(cycle => cycle.map(index => this.ids[index]));
  }

  /** Whether a path of one or more edges leads from one node to the other. */
  isUpstream(source: string, target: string): boolean {
    const from = this._index.get(source);
    const to = this._index.get(target);
    if (from === undefined || to === undefined) {
      return false;
    }
    this._upstream ??= this._findUpstream();
    return ((this._upstream[to][from >> 5] >>> (from & 31)) & 1) === 1;
  }

  private _isCyclic(group: readonly number[]): boolean {
    return group.length > 1 || this._after[group[0]].includes(group[0]);
  }

  /** Tarjan's algorithm; the groups come with sources before targets. */
  private _findGroups(): number[][] {
    const size = this.ids.length;
    const number = new Int32Array(size).fill(-1);
    const low = new Int32Array(size);
    const onPath = new Uint8Array(size);
    const path: number[] = [];
    const groups: number[][] = [];
    let count = 0;
    const enter = (node: number) => {
      number[node] = low[node] = count++;
      onPath[node] = 1;
      path.push(node);
      return { node, next: 0 };
    };
    for (let root = 0; root < size; root++) {
      const work = number[root] < 0 ? [enter(root)] : [];
      while (work.length > 0) {
        const top = work[work.length - 1];
        const { node } = top;
        if (top.next < this._after[node].length) {
          const target = this._after[node][top.next++];
          if (number[target] < 0) {
            work.push(enter(target));
          } else if (onPath[target]) {
            low[node] = Math.min(low[node], number[target]);
          }
          continue;
        }
        work.pop();
        const parent = work[work.length - 1]?.node;
        if (parent !== undefined) {
          low[parent] = Math.min(low[parent], low[node]);
        }
        if (low[node] === number[node]) {
          const group = path.splice(path.lastIndexOf(node));
          group.forEach(member => (onPath[member] = 0));
          groups.push(group);
        }
      }
    }
    return groups.reverse();
  }

  /** For each node the nodes upstream of it, as bits. */
  private _findUpstream(): Uint32Array[] {
    const words = (this.ids.length + 31) >> 5;
    const found: Uint32Array[] = [];
    for (const group of this._groups) {
      const bits = new Uint32Array(words);
      const add = (node: number) => (bits[node >> 5] |= 1 << (node & 31));
      const members = new Set(group);
      if (this._isCyclic(group)) {
        group.forEach(add);
      }
      for (const node of group) {
        for (const source of this._before[node]) {
          if (!members.has(source)) {
            found[source].forEach((word, index) => (bits[index] |= word));
            add(source);
          }
        }
      }
      for (const node of group) {
        found[node] = bits;
      }
    }
    return found;
  }

  /** A shortest way from a node back to it, breadth first by id. */
  private _cycle(start: number, group: ReadonlySet<number>): number[] {
    const cameFrom = new Map<number, number>();
    const waiting = [start];
    for (const node of waiting) {
      for (const target of this._after[node]) {
        if (target === start) {
          const way = [node];
          for (let at = node; at !== start; way.push(at)) {
            at = cameFrom.get(at) ?? start;
          }
          return way.reverse();
        }
        if (group.has(target) && !cameFrom.has(target)) {
          cameFrom.set(target, node);
          waiting.push(target);
        }
      }
    }
    return [start];
  }

  private readonly _index = new Map<string, number>();
  private readonly _after: number[][];
  private readonly _before: number[][];
  private readonly _groups: number[][];
  private _upstream: Uint32Array[] | null = null;
}
