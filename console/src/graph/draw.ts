/**
 * A layout as shapes: what SVG elements it is made of, for a file and for a page alike.
 *
 * INVARIANT: what comes from a definition is only ever the text of a text element or of an attribute that
 * no renderer interprets; names of elements, classes and paths are made here.
 */
import { STATUS_MARKS, STATUS_WORDS, TYPE_ICONS } from './icons.ts';
import type { StateStatus } from './icons.ts';
import { detailText, SIZES } from './layout.ts';
import type { Box, Layout, PlacedState, PlacedTransition, Point } from './layout.ts';

export interface Shape {
  tag: 'g' | 'rect' | 'path' | 'text' | 'circle' | 'title';
  attributes: Record<string, string | number>;
  children: (Shape | string)[];
}

/** What an execution adds to the picture. */
export interface Colouring {
  /** By id of the state. */
  states: ReadonlyMap<string, StateColour>;
  /** Transitions that were taken, by their id. */
  taken: ReadonlySet<string>;
}

export interface StateColour {
  status: StateStatus;
  /** How often it was entered. */
  visits: number;
  attempts: number;
}

export interface DrawOptions {
  colouring?: Colouring | undefined;
  selected?: string | undefined;
  /** Seen from so far that no text can be read: none is drawn. */
  isFar?: boolean | undefined;
  /** Only what touches this box is drawn. */
  viewport?: Box | undefined;
}

export interface StateShape {
  placed: PlacedState;
  shape: Shape;
  /** For those who do not see the picture. */
  words: string;
}

export interface Drawing {
  ends: Shape[];
  transitions: Shape[];
  states: StateShape[];
}

export function draw(layout: Layout, options: DrawOptions = {}): Drawing {
  const isSeen = (box: Box) => options.viewport === undefined || overlap(box, options.viewport);
  return {
    ends: endsOf(layout),
    transitions: layout.transitions
      .filter((transition) => isSeen(boundsOf(transition.points)))
      .map((transition) => drawTransition(transition, options)),
    states: layout.states.filter(({ box }) => isSeen(box)).map((placed) => drawState(placed, options)),
  };
}

export function shape(
  tag: Shape['tag'],
  attributes: Shape['attributes'],
  ...children: (Shape | string)[]
): Shape {
  return { tag, attributes, children };
}

function drawState(placed: PlacedState, { colouring, selected, isFar }: DrawOptions): StateShape {
  const { state, box } = placed;
  const colour = colouring?.states.get(state.id);
  const classes = ['g-state'];
  if (colour !== undefined) classes.push('g-visited', `g-${colour.status}`);
  if (state.type === undefined) classes.push('g-broken');
  if (selected === state.id) classes.push('g-selected');
  const middle = placed.scopes.length > 0 ? box.y + SIZES.header / 2 + 1 : box.y + box.height / 2;
  const children = [
    ...stack(placed),
    shape('rect', { ...box, rx: 8, class: 'g-box' }),
    ...placed.scopes.map((scope) => shape('rect', { ...scope, rx: 6, class: 'g-scope' })),
    ...(isFar === true ? [] : written(placed, middle)),
    ...marks(box, middle, colour),
    ...(isFar === true ? [] : handlers(placed, middle, colour)),
  ];
  const words = wordsOf(placed, colour);
  return { placed, shape: shape('g', { class: classes.join(' ') }, shape('title', {}, words), ...children), words };
}

function written({ state, box, name, detail }: PlacedState, middle: number): Shape[] {
  return [
    shape('path', {
      d: TYPE_ICONS[state.type ?? 'unknown'],
      class: 'g-icon',
      transform: `translate(${box.x + 13} ${middle - 8})`,
    }),
    shape('text', { x: box.x + SIZES.textLeft, y: middle - 3, class: 'g-name' }, name),
    shape('text', { x: box.x + SIZES.textLeft, y: middle + 13, class: 'g-detail' }, detail),
  ];
}

/** The items of a Map lie behind each other. */
function stack({ state, box }: PlacedState): Shape[] {
  if (state.type !== 'Map') return [];
  return [6, 3].map((offset) =>
    shape('rect', { x: box.x + offset, y: box.y + box.height - 12, width: box.width - 2 * offset, height: 12 + offset, rx: 7, class: 'g-stack' }),
  );
}

function marks(box: Box, middle: number, colour: StateColour | undefined): Shape[] {
  if (colour === undefined) return [];
  const x = box.x + box.width - 17;
  const found = [
    shape('circle', { cx: x, cy: middle, r: 8, class: 'g-mark' }),
    shape('path', { d: STATUS_MARKS[colour.status], class: 'g-mark-line', transform: `translate(${x - 8} ${middle - 8})` }),
  ];
  if (colour.visits > 1) found.push(...badge(box, `×${colour.visits}`));
  return found;
}

function badge(box: Box, text: string): Shape[] {
  const width = 10 + text.length * 6;
  const [x, y] = [box.x + box.width - width - 6, box.y - 8];
  return [
    shape('rect', { x, y, width, height: 16, rx: 8, class: 'g-badge' }),
    shape('text', { x: x + width / 2, y: y + 12, 'text-anchor': 'middle', class: 'g-badge-text' }, text),
  ];
}

/** That a state tries again, in the corner of its box, with the attempts it took. */
function handlers({ state, box }: PlacedState, middle: number, colour: StateColour | undefined): Shape[] {
  if (state.retriers === 0) return [];
  const attempts = colour !== undefined && colour.attempts > 1 ? `${colour.attempts} ` : '';
  return [
    shape('text', { x: box.x + box.width - 8, y: middle + 20, 'text-anchor': 'end', class: 'g-hint' }, `${attempts}↻`),
  ];
}

function wordsOf({ state }: PlacedState, colour: StateColour | undefined): string {
  const words = [state.name, detailText(state)];
  if (state.retriers > 0) words.push('retries');
  if (colour !== undefined) words.push(STATUS_WORDS[colour.status]);
  if (colour !== undefined && colour.visits > 1) words.push(`entered ${colour.visits} times`);
  return words.join(', ');
}

function drawTransition(transition: PlacedTransition, { colouring, isFar }: DrawOptions): Shape {
  const { kind, points, label, labelBox } = transition;
  const isTaken = colouring?.taken.has(transition.id) === true;
  const isInner = (transition.from ?? transition.to ?? '').includes(']');
  const classes = ['g-transition', `g-${kind}`, ...(isTaken ? ['g-taken'] : []), ...(isInner ? ['g-inner'] : [])];
  const children = [shape('path', { d: pathOf(points), class: 'g-line' }), arrow(points)];
  if (label !== undefined && labelBox !== undefined && isFar !== true) {
    const { x, y, width, height } = labelBox;
    children.push(
      shape('rect', { x, y, width, height, rx: 4, class: 'g-label-box' }),
      shape('text', { x: x + width / 2, y: y + 13, 'text-anchor': 'middle', class: 'g-label' }, label),
      shape('title', {}, transition.title ?? label),
    );
  }
  return shape('g', { class: classes.join(' ') }, ...children);
}

/** Straight where it goes straight down or along, an S where it changes its column. */
function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let last = first;
  const parts = [`M${first.x} ${first.y}`];
  for (const point of rest) {
    if (point.x === last.x || point.y === last.y) parts.push(`L${point.x} ${point.y}`);
    else {
      const middle = (last.y + point.y) / 2;
      parts.push(`C${last.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`);
    }
    last = point;
  }
  return parts.join('');
}

function arrow(points: readonly Point[]): Shape {
  const tip = points.at(-1) ?? { x: 0, y: 0 };
  const before = points.at(-2) ?? tip;
  const isLevel = before.y === tip.y;
  const [dx, dy] = isLevel ? [Math.sign(tip.x - before.x), 0] : [0, Math.sign(tip.y - before.y)];
  const wing = (side: number) => `L${tip.x - dx * 7 + dy * 4 * side} ${tip.y - dy * 7 + dx * 4 * side}`;
  return shape('path', { d: `M${tip.x} ${tip.y}${wing(1)}${wing(-1)}Z`, class: 'g-arrow' });
}

function endsOf({ start, end }: Layout): Shape[] {
  const shapes: Shape[] = [];
  const circle = (box: Box, radius: number, name: string) =>
    shape('circle', { cx: box.x + box.width / 2, cy: box.y + box.height / 2, r: radius, class: name });
  if (start !== undefined) shapes.push(shape('g', {}, shape('title', {}, 'Start'), circle(start, 7, 'g-end-dot')));
  if (end !== undefined) {
    shapes.push(shape('g', {}, shape('title', {}, 'End'), circle(end, 10, 'g-end'), circle(end, 5, 'g-end-dot')));
  }
  return shapes;
}

function boundsOf(points: readonly Point[]): Box {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function overlap(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}
