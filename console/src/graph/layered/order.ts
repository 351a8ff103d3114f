/**
 * The order of cells within their layers: few crossings, and otherwise as it was.
 *
 * Barycentre sweeps down and up; of all orders seen, the first with the fewest crossings is taken.
 */
import type { Layers, Link } from './graph.ts';

/** LIMIT: sweeps; more of them change little. Fewer where there are many cells, but never less than two. */
const SWEEPS = 8;
const SWEPT_CELLS_MAX = 60_000;
/** LIMIT: rounds of exchanging neighbours, and cells up to which it is done at all. */
const EXCHANGES = 6;
const EXCHANGE_CELLS_MAX = 3000;

export function order(layers: Layers): void {
  const given = copied(layers.rows);
  const above = linksBy(layers, (link) => [link.lower, link.upper]);
  const below = linksBy(layers, (link) => [link.upper, link.lower]);
  const places = placesOf(layers);
  let best = given;
  let fewest = crossings(layers.rows, below, places);
  const sweeps = Math.max(2, Math.min(SWEEPS, Math.floor(SWEPT_CELLS_MAX / layers.cells.length)));
  for (const firstDown of [true, false]) {
    const rows = copied(given);
    for (const row of rows) place(row, places);
    for (let sweep = 0; sweep < sweeps && fewest > 0; sweep += 1) {
      const isDown = (sweep % 2 === 0) === firstDown;
      if (isDown) for (let rank = 1; rank < rows.length; rank += 1) sortRow(rows[rank] ?? [], above, places);
      else for (let rank = rows.length - 2; rank >= 0; rank -= 1) sortRow(rows[rank] ?? [], below, places);
      if (layers.cells.length <= EXCHANGE_CELLS_MAX) exchange(rows, above, below, places);
      const found = crossings(rows, below, places);
      if (found < fewest) {
        fewest = found;
        best = copied(rows);
      }
    }
  }
  layers.rows = best;
}

function copied(rows: readonly number[][]): number[][] {
  return rows.map((row) => [...row]);
}

/** Where each cell stands in its row; kept true by whoever moves one. */
function placesOf({ cells, rows }: Layers): Int32Array {
  const places = new Int32Array(cells.length);
  for (const row of rows) place(row, places);
  return places;
}

function place(row: readonly number[], places: Int32Array): void {
  for (let at = 0; at < row.length; at += 1) places[row[at] ?? 0] = at;
}

/** Neighbours change places where that alone removes crossings. */
function exchange(rows: readonly number[][], above: Neighbours, below: Neighbours, places: Int32Array): void {
  for (let round = 0, changed = true; round < EXCHANGES && changed; round += 1) {
    changed = false;
    for (const row of rows) {
      for (let at = 1; at < row.length; at += 1) {
        const [left, right] = [row[at - 1] ?? 0, row[at] ?? 0];
        if (gain(above[left], above[right], places) + gain(below[left], below[right], places) <= 0) continue;
        row[at - 1] = right;
        row[at] = left;
        places[right] = at - 1;
        places[left] = at;
        changed = true;
      }
    }
  }
}

/** Crossings that go less those that come, when what leads to these changes places. */
function gain(ofLeft: readonly number[] = [], ofRight: readonly number[] = [], places: Int32Array): number {
  let sum = 0;
  for (const a of ofLeft) for (const b of ofRight) sum += Math.sign((places[a] ?? 0) - (places[b] ?? 0));
  return sum;
}

type Neighbours = readonly (readonly number[])[];

function linksBy({ cells, links }: Layers, ends: (link: Link) => [number, number]): number[][] {
  const found: number[][] = cells.map(() => []);
  for (const link of links) {
    const [cell, neighbour] = ends(link);
    found[cell]?.push(neighbour);
  }
  return found;
}

/** By the middle of their neighbours on one side. */
function sortRow(row: number[], neighbours: Neighbours, places: Int32Array): void {
  if (row.length < 2) return;
  let last = -1;
  const keyed = row.map((cell) => {
    const seen = neighbours[cell] ?? [];
    // A cell that nothing pulls stays beside its left neighbour.
    if (seen.length > 0) last = seen.reduce((sum, other) => sum + (places[other] ?? 0), 0) / seen.length;
    return { cell, centre: last };
  });
  keyed.sort((a, b) => a.centre - b.centre);
  for (let at = 0; at < row.length; at += 1) row[at] = keyed[at]?.cell ?? 0;
  place(row, places);
}

/** Pairs of links that cross, counted with a Fenwick tree per pair of layers. */
function crossings(rows: readonly number[][], below: Neighbours, places: Int32Array): number {
  let total = 0;
  for (let rank = 0; rank + 1 < rows.length; rank += 1) {
    const [row, next] = [rows[rank] ?? [], rows[rank + 1] ?? []];
    // Two links cross only between two cells above and two below.
    if (row.length > 1 && next.length > 1) total += inversions(row, below, places, next.length);
  }
  return total;
}

function inversions(row: readonly number[], below: Neighbours, places: Int32Array, width: number): number {
  const tree = new Int32Array(width + 1);
  let [count, seen] = [0, 0];
  for (const cell of row) {
    const ends = below[cell] ?? [];
    for (const end of ends) {
      let notRight = 0;
      for (let index = (places[end] ?? 0) + 1; index > 0; index -= index & -index) notRight += tree[index] ?? 0;
      count += seen - notRight;
    }
    // Links of one cell do not cross: they are put in after they were asked for.
    for (const end of ends) {
      for (let index = (places[end] ?? 0) + 1; index <= width; index += index & -index) tree[index] = (tree[index] ?? 0) + 1;
    }
    seen += ends.length;
  }
  return count;
}
