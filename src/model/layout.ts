/** Places on the canvas for what has none: nodes in layers, comments below them. */
import type { PipelineDocument, Position } from './document';
import { COMMENT_SIZE, NODE_SIZE, byCodePoint, own } from './document';
import { GAP_X, GAP_Y, groupsOf, layOut } from './layers';

const COLUMN = NODE_SIZE.width + GAP_X;
const ROW = NODE_SIZE.height + GAP_Y;
/** Nodes without edges lie in rows of so many at least, comments of so many. */
const SINGLES = 4;

/**
 * Positions of all nodes. Comments stay where they are. The upper left corner
 * stays where it is, too, so that the picture doesn't jump away.
 */
export function arrange(
  document: PipelineDocument
): Record<string, [number, number]> {
  const groups = groupsOf(document);
  const singles = groups.filter(group => group.length === 1).flat();
  const [left, top] = corner(document);
  const positions: Record<string, [number, number]> = {};
  let y = top;
  for (const group of groups.filter(one => one.length > 1)) {
    const { cells, height } = layOut(group);
    for (const { id, layer, y: row } of cells) {
      if (id !== null) {
        positions[id] = [left + layer * COLUMN, y + row];
      }
    }
    y += height + GAP_Y;
  }
  const width = Math.max(SINGLES, Math.ceil(Math.sqrt(singles.length)));
  singles.forEach(({ id }, index) => {
    if (id !== null) {
      const row = Math.floor(index / width);
      positions[id] = [left + (index % width) * COLUMN, y + row * ROW];
    }
  });
  return positions;
}

/**
 * A position for every node: its own, or one below all others if the file
 * has none for it, as when it was written by hand.
 */
export function nodePlaces(document: PipelineDocument): Map<string, Position> {
  const ids = Object.keys(document.nodes);
  const [places, missing] = placed(document, ids);
  if (missing.length > 0) {
    const arranged = arrange(only(document, missing));
    const [left, top] = corner(document);
    const bottom = below([...places.values()], NODE_SIZE.height) ?? top;
    for (const id of missing) {
      const [x, y] = arranged[id];
      places.set(id, [x + left, y + bottom]);
    }
  }
  return places;
}

/** A position for every comment: its own, or one in rows below all else. */
export function commentPlaces(
  document: PipelineDocument,
  nodes: ReadonlyMap<string, Position>
): Map<string, Position> {
  const ids = Object.keys(document.comments ?? {}).sort(byCodePoint);
  const [places, missing] = placed(document, ids);
  const { width, height } = COMMENT_SIZE;
  const lefts = [...nodes.values()].map(([x]) => x);
  const left = lefts.length > 0 ? Math.min(...lefts) : 0;
  const bottom = Math.max(
    below([...nodes.values()], NODE_SIZE.height) ?? 0,
    below([...places.values()], height) ?? 0
  );
  missing.forEach((id, index) => {
    const row = Math.floor(index / SINGLES);
    places.set(id, [
      left + (index % SINGLES) * (width + GAP_X),
      bottom + row * (height + GAP_Y)
    ]);
  });
  return places;
}

/** The places that the file has, and the ids that it has none for. */
function placed(
  { layout }: PipelineDocument,
  ids: readonly string[]
): [Map<string, Position>, string[]] {
  const places = new Map<string, Position>();
  const missing: string[] = [];
  for (const id of ids) {
    const place = own(layout, id);
    if (place) {
      places.set(id, place);
    } else {
      missing.push(id);
    }
  }
  return [places, missing];
}

/** Where there is nothing any more below places; null if there are none. */
function below(places: readonly Position[], height: number): number | null {
  const ends = places.map(([, y, , own = height]) => y + own + GAP_Y);
  return ends.length > 0 ? Math.max(...ends) : null;
}

/** The part of a document that has these nodes, without positions. */
function only(
  document: PipelineDocument,
  ids: readonly string[]
): PipelineDocument {
  const nodes: PipelineDocument['nodes'] = {};
  for (const id of ids) {
    nodes[id] = document.nodes[id];
  }
  const inside = (id: string) => Object.hasOwn(nodes, id);
  return {
    version: 1,
    nodes,
    edges: document.edges?.filter(({ from, to }) => inside(from) && inside(to))
  };
}

/** The upper left corner of the nodes that have a position. */
function corner(document: PipelineDocument): [number, number] {
  let left = Infinity;
  let top = Infinity;
  for (const id of Object.keys(document.nodes)) {
    const position: Position | undefined = own(document.layout, id);
    if (position) {
      left = Math.min(left, position[0]);
      top = Math.min(top, position[1]);
    }
  }
  return [left, top].map(n => (Number.isFinite(n) ? Math.round(n) : 0)) as [
    number,
    number
  ];
}
