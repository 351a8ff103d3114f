/**
 * The picture of a definition on a page: looked at, moved, zoomed, walked through with the keyboard.
 *
 * For a screen reader it is a tree of states with one tab stop; arrows go along the transitions.
 */
import '../app/execution.css';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, PointerEvent } from 'react';
import { draw } from '../graph/draw.ts';
import type { Colouring, DrawOptions } from '../graph/draw.ts';
import { layout } from '../graph/layout.ts';
import type { Box, Layout } from '../graph/layout.ts';
import type { Definition } from '../graph/model.ts';
import { Button } from '../ui/cloudscape.ts';
import { fit, isFar, pan, reveal, stageOf, viewportOf, zoom } from './camera.ts';
import type { Camera, Size } from './camera.ts';
import { saveSvg } from './save-svg.ts';
import { elementOf } from './shape-element.tsx';

export interface GraphViewProps {
  definition: Definition;
  label: string;
  colouring?: Colouring | undefined;
  selected?: string | undefined;
  onSelect?: ((id: string | undefined) => void) | undefined;
  height: string;
}

/** Further than this is no click but a drag. */
const DRAG_MIN = 4;

export function GraphView({ definition, label, colouring, selected, onSelect, height }: GraphViewProps) {
  const placed = useMemo(() => layout(definition), [definition]);
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [camera, setCamera] = useCamera(placed, size);
  const drag = useRef<{ x: number; y: number; isMoved: boolean } | undefined>(undefined);
  useWheel(frame, setCamera);

  const seen = viewportOf(camera, size);
  const stop = selected ?? placed.states[0]?.state.id;
  const picture = usePicture(placed, { colouring, selected, isFar: isFar(camera), viewport: stageOf(seen) }, stop);

  const choose = (id: string | undefined) => onSelect?.(id);
  const go = (id: string | undefined) => {
    const target = placed.states.find(({ state }) => state.id === id);
    if (target === undefined) return;
    choose(target.state.id);
    setCamera((now) => reveal(now, size, target.box));
    frame.current?.querySelector<SVGElement>(`[data-index="${placed.states.indexOf(target)}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') choose(undefined);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      choose(stateAt(placed, event.target));
    }
    const next = neighbour(placed, stop, event.key);
    if (next === undefined) return;
    event.preventDefault();
    go(next);
  };
  const down = (event: PointerEvent) => {
    drag.current = { x: event.clientX, y: event.clientY, isMoved: false };
  };
  const move = (event: PointerEvent) => {
    const from = drag.current;
    if (from === undefined || event.buttons === 0) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.isMoved && Math.hypot(dx, dy) < DRAG_MIN) return;
    if (!from.isMoved) frame.current?.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, isMoved: true };
    setCamera((now) => pan(now, dx, dy));
  };
  const click = (event: MouseEvent) => {
    if (drag.current?.isMoved !== true) choose(stateAt(placed, event.target));
  };

  return (
    <div className="graph" style={{ height }} ref={frame} onPointerDown={down} onPointerMove={move}>
      <svg
        className="g"
        width="100%"
        height="100%"
        viewBox={`${seen.x} ${seen.y} ${seen.width} ${seen.height}`}
        onClick={click}
      >
        <rect className="g-canvas" x={seen.x} y={seen.y} width={seen.width} height={seen.height} />
        <g role="tree" aria-label={label} onKeyDown={press}>
          {picture.states}
        </g>
        <g aria-hidden="true" className="g-lines">
          {picture.lines}
        </g>
      </svg>
      {placed.states.length === 0 && <p className="graph-empty">Nothing to draw yet: the definition has no states.</p>}
      <div className="graph-tools">
        <Button iconName="zoom-in" variant="icon" ariaLabel="Zoom in" onClick={() => setCamera((now) => zoom(now, 1.25))} />
        <Button iconName="zoom-out" variant="icon" ariaLabel="Zoom out" onClick={() => setCamera((now) => zoom(now, 0.8))} />
        <Button iconName="zoom-to-fit" variant="icon" ariaLabel="Show the whole picture" onClick={() => setCamera(() => fit(placed, size))} />
        <Button iconName="download" variant="icon" ariaLabel="Save the picture as SVG" onClick={() => saveSvg(definition, { colouring })} />
      </div>
    </div>
  );
}

/** The same elements as before while nothing of it changes, so that a camera that moves costs nothing. */
function usePicture(placed: Layout, { colouring, selected, isFar: far, viewport }: DrawOptions & { viewport: Box }, stop: string | undefined) {
  const { x, y, width, height } = viewport;
  return useMemo(() => {
    const drawing = draw(placed, { colouring, selected, isFar: far, viewport: { x, y, width, height } });
    const indices = new Map(placed.states.map((own, index) => [own, index]));
    return {
      states: drawing.states.map(({ placed: own, shape, words }) => (
        <g
          key={own.state.id}
          role="treeitem"
          aria-level={own.depth + 1}
          aria-label={words}
          aria-selected={selected === own.state.id}
          tabIndex={stop === own.state.id ? 0 : -1}
          className="g-state-item"
          data-index={indices.get(own)}
          data-state={own.state.name}
          data-status={colouring?.states.get(own.state.id)?.status}
        >
          {elementOf(shape, own.state.id)}
        </g>
      )),
      lines: [...drawing.transitions, ...drawing.ends].map(elementOf),
    };
  }, [placed, colouring, selected, far, stop, x, y, width, height]);
}

/** The state that something in the picture belongs to. */
function stateAt(placed: Layout, target: EventTarget): string | undefined {
  const index = target instanceof Element ? target.closest('[data-index]')?.getAttribute('data-index') : undefined;
  return typeof index === 'string' ? placed.states[Number(index)]?.state.id : undefined;
}

type SetCamera = (change: (camera: Camera) => Camera) => void;

/** Fits the picture until somebody moves it; after that only a new size of the picture fits it again. */
function useCamera(placed: Layout, size: Size): [Camera, SetCamera] {
  const [moved, setMoved] = useState<{ key: string; camera: Camera } | undefined>(undefined);
  const key = `${placed.width}x${placed.height}`;
  const fitted = useMemo(() => fit(placed, size), [placed, size]);
  const camera = moved?.key === key ? moved.camera : fitted;
  const setCamera = useCallback<SetCamera>(
    (change) => setMoved((now) => ({ key, camera: change(now?.key === key ? now.camera : fitted) })),
    [key, fitted],
  );
  return [camera, setCamera];
}

function useSize(element: { current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 800, height: 500 });
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = watched;
      if (width > 0 && height > 0) setSize({ width, height });
    });
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** Ctrl and the wheel, or two fingers, zoom; the wheel alone scrolls the page. React's own handler cannot prevent that. */
function useWheel(element: { current: HTMLElement | null }, setCamera: SetCamera): void {
  useEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const turn = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = watched.getBoundingClientRect();
      const at = { x: event.clientX - frame.x - frame.width / 2, y: event.clientY - frame.y - frame.height / 2 };
      setCamera((now) => zoom(now, Math.exp(-event.deltaY / 300), at));
    };
    watched.addEventListener('wheel', turn, { passive: false });
    return () => watched.removeEventListener('wheel', turn);
  }, [element, setCamera]);
}

/** Down and up go along transitions, right and left to the neighbour in the order of the picture. */
function neighbour(placed: Layout, from: string | undefined, key: string): string | undefined {
  const order = placed.states.map(({ state }) => state.id);
  const index = from === undefined ? -1 : order.indexOf(from);
  switch (key) {
    case 'ArrowDown':
      return placed.transitions.find((transition) => transition.from === from && transition.to !== undefined)?.to ?? order[index + 1];
    case 'ArrowUp':
      return placed.transitions.find((transition) => transition.to === from && transition.from !== undefined)?.from ?? order[index - 1];
    case 'ArrowRight':
      return order[index + 1];
    case 'ArrowLeft':
      return order[index - 1];
    case 'Home':
      return order[0];
    case 'End':
      return order.at(-1);
    default:
      return undefined;
  }
}
