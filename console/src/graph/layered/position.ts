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
  const offsets = offsetsOf(layers);
  const [above, below] = pullsOf(layers);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (let step = 0; step < layers.rows.length; step += 1) {
      settle(layers.rows[isDown ? step : layers.rows.length - 1 - step] ?? [], x, offsets, isDown ? above : below);
    }
  }
  const width = moveToZero(layers, x);
  return { x, width, ...vertical(layers) };
}

interface Pull {
  other: number;
  weight: number;
}

/** What pulls at each cell from the layer above, and from the one below. */
function pullsOf({ cells, links }: Layers): [Pull[][], Pull[][]] {
  const above: Pull[][] = cells.map(() => []);
  const below: Pull[][] = cells.map(() => []);
  for (const { upper, lower, weight } of links) {
    below[upper]?.push({ other: lower, weight });
    above[lower]?.push({ other: upper, weight });
  }
  return [above, below];
}

/** How far each cell is from the first one of its row, where they stand as near as they may. */
function offsetsOf({ cells, rows }: Layers): Float64Array {
  const offsets = new Float64Array(cells.length);
  for (const row of rows) {
    for (let place = 1; place < row.length; place += 1) {
      const [left, right] = [row[place - 1] ?? 0, row[place] ?? 0];
      const [one, other] = [cells[left], cells[right]];
      if (one !== undefined && other !== undefined) offsets[right] = (offsets[left] ?? 0) + gap(one, other);
    }
  }
  return offsets;
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
function settle(row: readonly number[], x: number[], offsets: Float64Array, pulls: readonly (readonly Pull[])[]): void {
  const wishes = row.map((cell) => {
    let weight = 0;
    let sum = 0;
    for (const pull of pulls[cell] ?? []) {
      weight += pull.weight;
      sum += pull.weight * (x[pull.other] ?? 0);
    }
    const wish = weight > 0 ? sum / weight : (x[cell] ?? 0);
    return { wish: wish - (offsets[cell] ?? 0), weight: Math.max(weight, 0.001) };
  });
  const settled = wishes.length === 1 ? [wishes[0]?.wish ?? 0] : nondecreasing(wishes);
  row.forEach((cell, place) => {
    x[cell] = (settled[place] ?? 0) + (offsets[cell] ?? 0);
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
