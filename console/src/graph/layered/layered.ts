/**
 * A layered layout of boxes and edges, written for definitions: top to bottom, in the order given.
 *
 * Cycles are cut, ranks are longest paths, crossings are swept away, x comes from isotonic regression.
 * It knows nothing of states: boxes have sizes, edges have weights and perhaps labels.
 */
import { layersOf } from './graph.ts';
import type { Chain, Edge, Layers, Node } from './graph.ts';
import { order } from './order.ts';
import { nondecreasing, position } from './position.ts';
import type { Positions } from './position.ts';

export interface Point {
  x: number;
  y: number;
}

export type { Edge };

export interface Box extends Point {
  width: number;
  height: number;
}

export interface Route {
  /** From where the edge begins to where it ends. */
  points: Point[];
  label: Box | undefined;
}

export interface Arrangement {
  boxes: Box[];
  routes: Route[];
  width: number;
  height: number;
}

/** Edges of one box leave and enter at least this far from each other and from its corners. */
const PORT_GAP = 12;
const CORNER = 18;
/** How far the loop of an edge to its own box stands out. */
const LOOP = 18;

export function arrange(nodes: readonly Node[], edges: readonly Edge[]): Arrangement {
  const loops = new Set(edges.flatMap((edge) => (edge.from === edge.to ? [edge.from] : [])));
  // A loop needs room on its box's right; for symmetry the box is widened on both sides.
  const roomy = nodes.map((node, index) => (loops.has(index) ? { ...node, width: node.width + 2 * LOOP + 4 } : node));
  const layers = layersOf(roomy, edges);
  order(layers);
  const positions = position(layers);
  const boxes = nodes.map((node, index): Box => {
    const top = positions.tops[layers.cells[index]?.rank ?? 0] ?? 0;
    return { x: Math.round((positions.x[index] ?? 0) - node.width / 2), y: top, width: node.width, height: node.height };
  });
  const ports = portsOf(layers, positions, boxes);
  const routes = edges.map((edge): Route => {
    const box = boxes[edge.from];
    return edge.from === edge.to && box !== undefined ? { points: loop(box), label: undefined } : EMPTY;
  });
  for (const chain of layers.chains) routes[chain.edge] = routeOf(layers, positions, boxes, ports, chain);
  return { boxes, routes, width: positions.width, height: positions.height };
}

const EMPTY: Route = { points: [], label: undefined };

interface Ports {
  /** x at the upper and at the lower end of each chain, by its edge. */
  upper: Map<number, number>;
  lower: Map<number, number>;
}

/** Each edge leaves its box straight towards where it goes, if the box is that wide. */
function portsOf(layers: Layers, positions: Positions, boxes: readonly Box[]): Ports {
  const ports: Ports = { upper: new Map(), lower: new Map() };
  for (const end of ['upper', 'lower'] as const) {
    const ofNode: Chain[][] = boxes.map(() => []);
    for (const chain of layers.chains) ofNode[(end === 'upper' ? chain.cells[0] : chain.cells.at(-1)) ?? 0]?.push(chain);
    ofNode.forEach((chains, node) => {
      const box = boxes[node];
      if (box !== undefined) spread(chains, box, positions.x, end, ports[end]);
    });
  }
  return ports;
}

function spread(chains: Chain[], box: Box, x: readonly number[], end: 'upper' | 'lower', ports: Map<number, number>): void {
  const towards = (chain: Chain) => x[(end === 'upper' ? chain.cells[1] : chain.cells.at(-2)) ?? 0] ?? 0;
  const sorted = [...chains].sort((a, b) => towards(a) - towards(b));
  const centre = box.x + box.width / 2;
  const gap = Math.min(PORT_GAP, (box.width - 2 * CORNER) / Math.max(1, sorted.length - 1));
  const reach = Math.max(0, box.width / 2 - CORNER - (gap * (sorted.length - 1)) / 2);
  const wishes = sorted.map((chain, place) => {
    const offset = gap * (place - (sorted.length - 1) / 2);
    const wish = Math.min(Math.max(towards(chain) - offset, centre - reach), centre + reach);
    return { wish, weight: 1, offset };
  });
  const settled = nondecreasing(wishes);
  sorted.forEach((chain, place) => {
    ports.set(chain.edge, Math.round((settled[place] ?? centre) + (wishes[place]?.offset ?? 0)));
  });
}

/** Straight down inside layers, bent only between them: so an edge never crosses a box. */
function routeOf(layers: Layers, positions: Positions, boxes: readonly Box[], ports: Ports, chain: Chain): Route {
  const points: Point[] = [];
  const upper = chain.cells[0] ?? 0;
  const lower = chain.cells.at(-1) ?? 0;
  const layerOf = (cell: number) => {
    const rank = layers.cells[cell]?.rank ?? 0;
    const top = positions.tops[rank] ?? 0;
    return { top, bottom: top + (positions.heights[rank] ?? 0) };
  };
  const from = boxes[upper];
  const to = boxes[lower];
  if (from === undefined || to === undefined) return EMPTY;
  const leave = ports.upper.get(chain.edge) ?? 0;
  points.push({ x: leave, y: from.y + from.height }, { x: leave, y: layerOf(upper).bottom });
  for (const cell of chain.cells.slice(1, -1)) {
    const { top, bottom } = layerOf(cell);
    points.push({ x: positions.x[cell] ?? 0, y: top }, { x: positions.x[cell] ?? 0, y: bottom });
  }
  points.push({ x: ports.lower.get(chain.edge) ?? 0, y: to.y });
  const route = withoutRepeats(points);
  return { points: chain.isReversed ? route.reverse() : route, label: labelBox(layers, positions, chain) };
}

function labelBox(layers: Layers, positions: Positions, chain: Chain): Box | undefined {
  const cell = layers.cells[chain.label];
  if (cell === undefined) return undefined;
  const middle = (positions.tops[cell.rank] ?? 0) + (positions.heights[cell.rank] ?? 0) / 2;
  const x = positions.x[chain.label] ?? 0;
  return {
    x: Math.round(x - cell.width / 2),
    y: Math.round(middle - cell.height / 2),
    width: cell.width,
    height: cell.height,
  };
}

function withoutRepeats(points: readonly Point[]): Point[] {
  return points.filter((point, index) => {
    const last = points[index - 1];
    return last === undefined || last.x !== point.x || last.y !== point.y;
  });
}

/** Out of the right side and back into it. */
function loop(box: Box): Point[] {
  const right = box.x + box.width;
  const [high, low] = [box.y + box.height * 0.3, box.y + box.height * 0.7];
  return [
    { x: right, y: low },
    { x: right + LOOP, y: low },
    { x: right + LOOP, y: high },
    { x: right, y: high },
  ];
}
