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
  let best = given;
  let fewest = crossings(layers, given);
  const sweeps = Math.max(2, Math.min(SWEEPS, Math.floor(SWEPT_CELLS_MAX / layers.cells.length)));
  for (const firstDown of [true, false]) {
    layers.rows = copied(given);
    for (let sweep = 0; sweep < sweeps && fewest > 0; sweep += 1) {
      const isDown = (sweep % 2 === 0) === firstDown;
      const rows = layers.rows;
      if (isDown) for (let rank = 1; rank < rows.length; rank += 1) sortRow(layers, rank, rank - 1, above);
      else for (let rank = rows.length - 2; rank >= 0; rank -= 1) sortRow(layers, rank, rank + 1, below);
      if (layers.cells.length <= EXCHANGE_CELLS_MAX) exchange(rows, above, below);
      const found = crossings(layers, rows);
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

/** Neighbours change places where that alone removes crossings. */
function exchange(rows: number[][], above: Neighbours, below: Neighbours): void {
  const places = new Map(rows.flatMap((row) => row.map((cell, place): [number, number] => [cell, place])));
  const placesOf = (cells: readonly number[] | undefined) => (cells ?? []).map((cell) => places.get(cell) ?? 0);
  for (let round = 0, changed = true; round < EXCHANGES && changed; round += 1) {
    changed = false;
    for (const row of rows) {
      for (let place = 1; place < row.length; place += 1) {
        const [left, right] = [row[place - 1] ?? 0, row[place] ?? 0];
        let gain = 0;
        for (const side of [above, below]) {
          const [ofLeft, ofRight] = [placesOf(side[left]), placesOf(side[right])];
          for (const a of ofLeft) for (const b of ofRight) gain += Math.sign(a - b);
        }
        if (gain <= 0) continue;
        [row[place - 1], row[place]] = [right, left];
        places.set(right, place - 1).set(left, place);
        changed = true;
      }
    }
  }
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

function sortRow(layers: Layers, rank: number, fixed: number, neighbours: Neighbours): void {
  const places = placesIn(layers.rows[fixed] ?? []);
  const row = layers.rows[rank] ?? [];
  let last = -1;
  const keyed = row.map((cell) => {
    const seen = neighbours[cell] ?? [];
    // A cell that nothing pulls stays beside its left neighbour.
    if (seen.length > 0) last = seen.reduce((sum, other) => sum + (places.get(other) ?? 0), 0) / seen.length;
    return { cell, centre: last };
  });
  layers.rows[rank] = keyed.sort((a, b) => a.centre - b.centre).map(({ cell }) => cell);
}

function placesIn(row: readonly number[]): Map<number, number> {
  return new Map(row.map((cell, place) => [cell, place]));
}

/** Pairs of links that cross, counted with a Fenwick tree per pair of layers. */
function crossings(layers: Layers, rows: readonly number[][]): number {
  const byRank: [number, number][][] = rows.map(() => []);
  const places = new Int32Array(layers.cells.length);
  for (const row of rows) row.forEach((cell, place) => (places[cell] = place));
  for (const { upper, lower } of layers.links) {
    byRank[layers.cells[upper]?.rank ?? 0]?.push([places[upper] ?? 0, places[lower] ?? 0]);
  }
  let total = 0;
  byRank.forEach((pairs, rank) => {
    total += inversions(pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]), rows[rank + 1]?.length ?? 0);
  });
  return total;
}

function inversions(pairs: readonly [number, number][], width: number): number {
  const tree = new Int32Array(width + 1);
  let count = 0;
  pairs.forEach(([, place], seen) => {
    let notRight = 0;
    for (let index = place + 1; index > 0; index -= index & -index) notRight += tree[index] ?? 0;
    count += seen - notRight;
    for (let index = place + 1; index <= width; index += index & -index) tree[index] = (tree[index] ?? 0) + 1;
  });
  return count;
}
