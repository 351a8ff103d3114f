/**
 * A definition laid out: every state a box, every transition a route, inner scopes inside their state.
 *
 * Transitions never leave their scope, so the innermost scopes are laid out first and their states are
 * boxes of a fixed size for the scope around them.
 * INVARIANT: boxes of one scope do not overlap, and what is inside a state stays inside its box.
 */
import { arrange } from './layered/layered.ts';
import type { Box, Edge, Point } from './layered/layered.ts';
import type { Definition, Scope, State, Transition } from './model.ts';
import { fitted, textWidth } from './text.ts';

export type { Box, Point };

export interface PlacedState {
  state: State;
  box: Box;
  depth: number;
  /** The boxes of its branches or of its item processor; none when it is drawn closed. */
  scopes: Box[];
  name: string;
  detail: string;
}

export interface PlacedTransition {
  id: string;
  /** States by id; undefined where the picture's own start and end are. */
  from: string | undefined;
  to: string | undefined;
  kind: Transition['kind'] | 'start' | 'end';
  label: string | undefined;
  /** The label as it was written. */
  title: string | undefined;
  labelBox: Box | undefined;
  points: Point[];
}

export interface Layout {
  width: number;
  height: number;
  states: PlacedState[];
  transitions: PlacedTransition[];
  start: Box | undefined;
  end: Box | undefined;
}

export interface LayoutOptions {
  /** States, by id, whose inner scopes are not shown. */
  closed?: ReadonlySet<string>;
}

export const SIZES = {
  nodeHeight: 48,
  nodeMin: 132,
  nodeMax: 250,
  /** The names are set in 13 pixels; bold letters are wider. */
  nameFont: 14,
  detailFont: 11,
  labelFont: 11,
  labelMax: 190,
  labelHeight: 18,
  /** Left of the text: the icon of the type. Right of it: the mark of the status. */
  textLeft: 42,
  textRight: 30,
  header: 46,
  padding: 18,
  scopeGap: 18,
  end: 22,
  margin: 16,
} as const;

const WEIGHTS: Record<PlacedTransition['kind'], number> = { next: 16, choice: 4, default: 3, catch: 0.5, start: 16, end: 1 };

export function layout(definition: Definition, options: LayoutOptions = {}): Layout {
  const placed = placeScope(definition.root, 0, options.closed ?? new Set(), true);
  const shift = { x: SIZES.margin, y: SIZES.margin };
  moveBy(placed, shift);
  return {
    width: placed.width + 2 * SIZES.margin,
    height: placed.height + 2 * SIZES.margin,
    states: placed.states,
    transitions: placed.transitions,
    start: placed.ends[0],
    end: placed.ends[1],
  };
}

interface PlacedScope {
  width: number;
  height: number;
  states: PlacedState[];
  transitions: PlacedTransition[];
  /** The start and the end of the picture, in this order; only the outermost scope has them. */
  ends: (Box | undefined)[];
}

interface Sized {
  state: State;
  width: number;
  height: number;
  inner: PlacedScope[];
}

function placeScope(scope: Scope, depth: number, closed: ReadonlySet<string>, isRoot: boolean): PlacedScope {
  const sized = scope.states.map((state) => sizeOf(state, depth, closed));
  const indices = new Map(scope.states.map((state, index) => [state.name, index]));
  const drawn = drawnTransitions(scope, indices, isRoot);
  const nodes = sized.map(({ width, height }) => ({ width, height }));
  const hasEnds = isRoot && sized.length > 0;
  if (hasEnds) nodes.push({ width: SIZES.end, height: SIZES.end }, { width: SIZES.end, height: SIZES.end });
  const { boxes, routes, width, height } = arrange(nodes, drawn.map((transition) => transition.edge));
  const placed: PlacedScope = { width, height, states: [], transitions: [], ends: [] };
  sized.forEach((own, index) => {
    const box = boxes[index];
    if (box !== undefined) addState(placed, own, box, depth);
  });
  drawn.forEach(({ shown }, index) => {
    const route = routes[index];
    if (route === undefined) return;
    placed.transitions.push({ ...shown, labelBox: route.label, points: route.points });
  });
  if (hasEnds) placed.ends = [boxes[sized.length], drawn.some(({ shown }) => shown.kind === 'end') ? boxes[sized.length + 1] : undefined];
  return placed;
}

interface Drawn {
  shown: Omit<PlacedTransition, 'labelBox' | 'points'>;
  edge: Edge;
}

function drawnTransitions(scope: Scope, indices: Map<string, number>, isRoot: boolean): Drawn[] {
  const ids = new Map(scope.states.map((state) => [state.name, state.id]));
  const found: Drawn[] = [];
  const startAt = indices.get(scope.startAt ?? '');
  const [start, end] = [indices.size, indices.size + 1];
  const bare = (from: number, to: number, kind: 'start' | 'end', ends: { from?: string | undefined; to?: string | undefined }) => {
    const id = kind === 'start' ? `${scope.id}/^start` : `${ends.from}^end`;
    const edge = { from, to, weight: WEIGHTS[kind] };
    found.push({ shown: { id, from: ends.from, to: ends.to, kind, label: undefined, title: undefined }, edge });
  };
  if (isRoot && startAt !== undefined) bare(start, startAt, 'start', { to: ids.get(scope.startAt ?? '') });
  for (const transition of scope.transitions) {
    const [from, to] = [indices.get(transition.from), indices.get(transition.to)];
    if (from === undefined || to === undefined) continue;
    const label = transition.label ? fitted(transition.label, SIZES.labelFont, SIZES.labelMax) : undefined;
    const size = label ? { width: textWidth(label, SIZES.labelFont) + 12, height: SIZES.labelHeight } : undefined;
    const ends = { from: ids.get(transition.from), to: ids.get(transition.to) };
    const id = `${ends.from}>${ends.to}${transition.kind === 'catch' ? '!' : ''}`;
    const edge = { from, to, weight: WEIGHTS[transition.kind], label: size };
    found.push({ shown: { id, ...ends, kind: transition.kind, label, title: transition.label }, edge });
  }
  for (const state of isRoot ? scope.states : []) {
    const from = indices.get(state.name);
    if (from !== undefined && state.isEnd && state.type !== 'Fail') bare(from, end, 'end', { from: state.id });
  }
  return found;
}

function sizeOf(state: State, depth: number, closed: ReadonlySet<string>): Sized {
  const text = Math.max(
    textWidth(state.name, SIZES.nameFont),
    textWidth(detailText(state), SIZES.detailFont),
  );
  const own = Math.min(Math.max(text + SIZES.textLeft + SIZES.textRight, SIZES.nodeMin), SIZES.nodeMax);
  const width = Math.ceil(own / 2) * 2;
  if (state.scopes.length === 0 || closed.has(state.id)) return { state, width, height: SIZES.nodeHeight, inner: [] };
  const inner = state.scopes.map((scope) => placeScope(scope, depth + 1, closed, false));
  const room = inner.reduce((sum, scope) => sum + innerWidth(scope), 0) + SIZES.scopeGap * (inner.length - 1);
  const tallest = inner.reduce((most, scope) => Math.max(most, innerHeight(scope)), 0);
  return {
    state,
    width: Math.max(width, room + 2 * SIZES.padding),
    height: SIZES.header + tallest + SIZES.padding,
    inner,
  };
}

/** A branch without states still shows that it is there. */
function innerWidth(scope: PlacedScope): number {
  return Math.max(scope.width, 60) + 2 * SIZES.padding;
}

function innerHeight(scope: PlacedScope): number {
  return Math.max(scope.height, 24) + 2 * SIZES.padding;
}

function addState(placed: PlacedScope, { state, inner }: Sized, box: Box, depth: number): void {
  const room = box.width - SIZES.textLeft - SIZES.textRight;
  const own: PlacedState = {
    state,
    box,
    depth,
    scopes: [],
    name: fitted(state.name, SIZES.nameFont, room),
    detail: fitted(detailText(state), SIZES.detailFont, room),
  };
  placed.states.push(own);
  const taken = inner.reduce((sum, scope) => sum + innerWidth(scope), 0) + SIZES.scopeGap * (inner.length - 1);
  let left = box.x + (box.width - taken) / 2;
  for (const scope of inner) {
    const height = box.height - SIZES.header - SIZES.padding;
    const area: Box = { x: left, y: box.y + SIZES.header, width: innerWidth(scope), height };
    own.scopes.push(area);
    moveBy(scope, { x: Math.round(left + (area.width - scope.width) / 2), y: area.y + SIZES.padding });
    placed.states.push(...scope.states);
    placed.transitions.push(...scope.transitions);
    left += area.width + SIZES.scopeGap;
  }
}

export function detailText(state: State): string {
  const kind = state.type ?? 'no type';
  if (state.type === 'Task') return state.detail ?? kind;
  if (state.type === 'Map' && state.isDistributed) return 'Map, distributed';
  return state.detail === undefined ? kind : `${kind} · ${state.detail}`;
}

function moveBy(placed: PlacedScope, { x, y }: Point): void {
  const move = (point: Point) => {
    point.x += x;
    point.y += y;
  };
  for (const { box, scopes } of placed.states) [box, ...scopes].forEach(move);
  for (const { points, labelBox } of placed.transitions) {
    points.forEach(move);
    if (labelBox !== undefined) move(labelBox);
  }
  for (const end of placed.ends) if (end !== undefined) move(end);
}
