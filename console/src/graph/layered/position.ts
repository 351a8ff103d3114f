/**
 * Where the cells of ordered layers stand: x by isotonic regression layer by layer, y from the heights.
 *
 * INVARIANT: cells of one layer keep their order and their gaps, whatever pulls at them.
 */
import type { Cell, Layers } from './graph.ts';

export interface Positions {
  /** Centre of each cell. */
  x: number[];
  /** Top of each layer, and its height. */
  tops: number[];
  heights: number[];
  width: number;
  height: number;
}

/** Odd: the last sweep goes down, so that whatever has one line into it stands right under where that comes from. */
const SWEEPS = 25;
const NODE_GAP = 32;
const THREAD_GAP = 8;
const LAYER_GAP = 30;
/** Between two layers of which one has only labels and passing edges. */
const THIN_GAP = 12;

export function position(layers: Layers): Positions {
  const x = alignedLeft(layers);
  const pulls = pullsOf(layers);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const ranks = [...layers.rows.keys()];
    if (sweep % 2 === 1) ranks.reverse();
    for (const rank of ranks) {
      settle(layers, layers.rows[rank] ?? [], x, pulls, sweep % 2 === 0);
    }
  }
  const width = moveToZero(layers, x);
  return { x, width, ...vertical(layers) };
}

interface Pull {
  other: number;
  weight: number;
  isAbove: boolean;
}

function pullsOf({ cells, links }: Layers): Pull[][] {
  const pulls: Pull[][] = cells.map(() => []);
  for (const { upper, lower, weight } of links) {
    pulls[upper]?.push({ other: lower, weight, isAbove: false });
    pulls[lower]?.push({ other: upper, weight, isAbove: true });
  }
  return pulls;
}

function alignedLeft({ cells, rows }: Layers): number[] {
  const x = cells.map(() => 0);
  for (const row of rows) {
    let edge = 0;
    row.forEach((cell, place) => {
      const own = cells[cell];
      const left = cells[row[place - 1] ?? -1];
      if (own === undefined) return;
      edge += left === undefined ? own.width / 2 : gap(left, own);
      x[cell] = edge;
    });
  }
  return x;
}

/** From centre to centre. */
function gap(left: Cell, right: Cell): number {
  const between = left.node >= 0 && right.node >= 0 ? NODE_GAP : THREAD_GAP;
  return (left.width + right.width) / 2 + between;
}

/** Moves the cells of a row to where their neighbours pull them, as far as the others of the row let them. */
function settle(layers: Layers, row: readonly number[], x: number[], pulls: Pull[][], fromAbove: boolean): void {
  let offset = 0;
  const wishes = row.map((cell, place) => {
    const left = layers.cells[row[place - 1] ?? -1];
    const own = layers.cells[cell];
    if (left !== undefined && own !== undefined) offset += gap(left, own);
    let weight = 0;
    let sum = 0;
    for (const pull of pulls[cell] ?? []) {
      if (pull.isAbove !== fromAbove) continue;
      weight += pull.weight;
      sum += pull.weight * (x[pull.other] ?? 0);
    }
    const wish = weight > 0 ? sum / weight : (x[cell] ?? 0);
    return { wish: wish - offset, weight: Math.max(weight, 0.001), offset };
  });
  const settled = nondecreasing(wishes);
  row.forEach((cell, place) => {
    x[cell] = (settled[place] ?? 0) + (wishes[place]?.offset ?? 0);
  });
}

/** The nearest nondecreasing sequence (least squares): pool adjacent violators. */
export function nondecreasing(wishes: readonly { wish: number; weight: number }[]): number[] {
  const blocks: { wish: number; weight: number; length: number }[] = [];
  for (const { wish, weight } of wishes) {
    let block = { wish, weight, length: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.wish > block.wish; last = blocks.at(-1)) {
      blocks.pop();
      const sum = last.weight + block.weight;
      block = {
        wish: (last.wish * last.weight + block.wish * block.weight) / sum,
        weight: sum,
        length: last.length + block.length,
      };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ wish, length }) => Array.from({ length }, () => wish));
}

/** Whole pixels from 0; gaps of a row shrink by less than one. */
function moveToZero({ cells }: Layers, x: number[]): number {
  const left = cells.reduce((least, cell, index) => Math.min(least, (x[index] ?? 0) - cell.width / 2), Infinity);
  const start = Number.isFinite(left) ? left : 0;
  cells.forEach((_, index) => {
    x[index] = Math.round((x[index] ?? 0) - start);
  });
  return cells.reduce((most, cell, index) => Math.max(most, Math.ceil((x[index] ?? 0) + cell.width / 2)), 0);
}

function vertical({ cells, rows }: Layers): { tops: number[]; heights: number[]; height: number } {
  const heights = rows.map((row) => row.reduce((most, cell) => Math.max(most, cells[cell]?.height ?? 0), 0));
  const isThin = rows.map((row) => row.every((cell) => (cells[cell]?.node ?? -1) < 0));
  const tops: number[] = [];
  let y = 0;
  heights.forEach((height, rank) => {
    if (rank > 0) y += isThin[rank] || isThin[rank - 1] ? THIN_GAP : LAYER_GAP;
    tops.push(y);
    y += height;
  });
  return { tops, heights, height: y };
}
