/**
 * What a layered layout works on: boxes in layers, and chains of cells that lead edges through them.
 *
 * An edge that spans several layers has a cell in each layer between, so that every later step sees
 * only neighbours. One of those cells may hold the edge's label.
 */

export interface Node {
  width: number;
  height: number;
}

export interface Edge {
  from: number;
  to: number;
  /** How much it wants to be straight. */
  weight: number;
  label?: Node | undefined;
}

export interface Cell {
  width: number;
  /** 0 for a cell that only leads an edge through. */
  height: number;
  rank: number;
  /** The node it is, or -1. */
  node: number;
}

export interface Link {
  upper: number;
  lower: number;
  weight: number;
}

/** An edge as cells from the upper to the lower end. */
export interface Chain {
  edge: number;
  cells: number[];
  /** Leads upwards: the edge ends at the first cell. */
  isReversed: boolean;
  /** The cell that holds the label, or -1. */
  label: number;
}

export interface Layers {
  cells: Cell[];
  links: Link[];
  chains: Chain[];
  /** Cells of each layer from left to right. */
  rows: number[][];
}

/** Room on both sides of an edge that passes a layer. */
const THREAD = 12;
/** A chain between two cells that are no nodes should be a straight line before anything else. */
const STRAIGHT = 6;

export function layersOf(nodes: readonly Node[], edges: readonly Edge[]): Layers {
  const isReversed = backEdges(nodes.length, edges);
  const ranks = ranksOf(nodes.length, edges, isReversed);
  const cells: Cell[] = nodes.map((node, index) => ({ ...node, rank: ranks[index] ?? 0, node: index }));
  const layers: Layers = { cells, links: [], chains: [], rows: [] };
  edges.forEach((edge, index) => {
    if (edge.from !== edge.to) layers.chains.push(chainOf(layers, edge, index, isReversed[index] ?? false));
  });
  layers.rows = firstOrder(layers, nodes.length);
  return layers;
}

/** Edges that lead back to where the walk still is: turned round, the graph has no cycle. */
function backEdges(count: number, edges: readonly Edge[]): boolean[] {
  const leaving = grouped(count, edges);
  const state = new Uint8Array(count);
  const isBack = edges.map(() => false);
  const [FRESH, ACTIVE, DONE] = [0, 1, 2];
  for (let root = 0; root < count; root += 1) {
    if (state[root] !== FRESH) continue;
    const path: { node: number; next: number }[] = [{ node: root, next: 0 }];
    state[root] = ACTIVE;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const index = leaving[top.node]?.[top.next];
      const edge = index === undefined ? undefined : edges[index];
      if (index === undefined || edge === undefined) {
        state[top.node] = DONE;
        path.pop();
        continue;
      }
      top.next += 1;
      if (state[edge.to] === ACTIVE) isBack[index] = true;
      if (state[edge.to] === FRESH) {
        state[edge.to] = ACTIVE;
        path.push({ node: edge.to, next: 0 });
      }
    }
  }
  return isBack;
}

/** Longest path from above. A label and a turned edge need a layer of their own between. */
function ranksOf(count: number, edges: readonly Edge[], isReversed: readonly boolean[]): number[] {
  const down: { upper: number; lower: number; length: number }[] = [];
  edges.forEach((edge, index) => {
    if (edge.from === edge.to) return;
    const turned = isReversed[index] ?? false;
    const [upper, lower] = turned ? [edge.to, edge.from] : [edge.from, edge.to];
    down.push({ upper, lower, length: turned || edge.label !== undefined ? 2 : 1 });
  });
  const missing = Array.from({ length: count }, () => 0);
  const below: number[][] = missing.map(() => []);
  down.forEach(({ upper, lower }, index) => {
    missing[lower] = (missing[lower] ?? 0) + 1;
    below[upper]?.push(index);
  });
  const ranks = missing.map(() => 0);
  const ready = missing.flatMap((left, node) => (left === 0 ? [node] : []));
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    for (const index of below[node] ?? []) {
      const link = down[index];
      if (link === undefined) continue;
      ranks[link.lower] = Math.max(ranks[link.lower] ?? 0, (ranks[node] ?? 0) + link.length);
      missing[link.lower] = (missing[link.lower] ?? 0) - 1;
      if (missing[link.lower] === 0) ready.push(link.lower);
    }
  }
  return ranks;
}

function chainOf(layers: Layers, edge: Edge, index: number, isReversed: boolean): Chain {
  const { cells, links } = layers;
  const [upper, lower] = isReversed ? [edge.to, edge.from] : [edge.from, edge.to];
  const first = (cells[upper]?.rank ?? 0) + 1;
  const last = (cells[lower]?.rank ?? 0) - 1;
  const chain: Chain = { edge: index, cells: [upper], isReversed, label: -1 };
  // The label stands next to where the edge begins.
  const labelRank = isReversed ? last : first;
  for (let rank = first; rank <= last; rank += 1) {
    const isLabel = edge.label !== undefined && rank === labelRank;
    if (isLabel) chain.label = cells.length;
    chain.cells.push(cells.length);
    cells.push({ width: isLabel ? (edge.label?.width ?? 0) : THREAD, height: isLabel ? (edge.label?.height ?? 0) : 0, rank, node: -1 });
  }
  chain.cells.push(lower);
  for (let place = 1; place < chain.cells.length; place += 1) {
    const isInner = place > 1 && place < chain.cells.length - 1;
    const weight = edge.weight * (isInner ? STRAIGHT : 1);
    links.push({ upper: chain.cells[place - 1] ?? 0, lower: chain.cells[place] ?? 0, weight });
  }
  return chain;
}

/** Nodes as they were given, the cells of each edge right after the node it leaves. */
function firstOrder({ cells, chains }: Layers, count: number): number[][] {
  const depth = cells.reduce((most, cell) => Math.max(most, cell.rank + 1), 0);
  const rows: number[][] = Array.from({ length: depth }, () => []);
  const chainsOf: Chain[][] = Array.from({ length: count }, () => []);
  for (const chain of chains) chainsOf[chain.cells[0] ?? 0]?.push(chain);
  for (let node = 0; node < count; node += 1) {
    rows[cells[node]?.rank ?? 0]?.push(node);
    for (const chain of chainsOf[node] ?? []) {
      for (const cell of chain.cells.slice(1, -1)) rows[cells[cell]?.rank ?? 0]?.push(cell);
    }
  }
  return rows;
}

function grouped(count: number, edges: readonly Edge[]): number[][] {
  const leaving: number[][] = Array.from({ length: count }, () => []);
  edges.forEach((edge, index) => {
    if (edge.from !== edge.to) leaving[edge.from]?.push(index);
  });
  return leaving;
}
