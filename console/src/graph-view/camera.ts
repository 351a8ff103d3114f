/** Which part of a picture is looked at: pan, zoom, fit. Pure; the view keeps one of these as its state. */
import type { Box } from '../graph/layout.ts';

export interface Camera {
  /** The picture's point in the middle of the view. */
  x: number;
  y: number;
  /** Pixels of the screen per pixel of the picture. */
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const SCALE_MIN = 0.05;
const SCALE_MAX = 2.5;
/** A small definition is not blown up. */
const FIT_MAX = 1.1;

export function fit(picture: Size, view: Size): Camera {
  const scale = Math.min(view.width / picture.width, view.height / picture.height, FIT_MAX);
  return { x: picture.width / 2, y: picture.height / 2, scale: clamped(scale) };
}

export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale };
}

/** `at`: the point of the view, from its middle, that stays where it is. */
export function zoom(camera: Camera, factor: number, at: { x: number; y: number } = { x: 0, y: 0 }): Camera {
  const scale = clamped(camera.scale * factor);
  const moved = 1 / camera.scale - 1 / scale;
  return { x: camera.x + at.x * moved, y: camera.y + at.y * moved, scale };
}

export function viewportOf(camera: Camera, view: Size): Box {
  const [width, height] = [view.width / camera.scale, view.height / camera.scale];
  return { x: camera.x - width / 2, y: camera.y - height / 2, width, height };
}

/**
 * The part of the picture that is drawn: what is seen and a margin, in steps, so that moving and zooming a
 * little draws nothing anew.
 */
export function stageOf(seen: Box): Box {
  const step = 2 ** Math.ceil(Math.log2(Math.max(seen.width, seen.height))) / 2;
  const span = (start: number, length: number) => {
    const from = Math.floor(start / step) * step;
    return [from, Math.ceil((start + length) / step) * step - from] as const;
  };
  const [[x, width], [y, height]] = [span(seen.x, seen.width), span(seen.y, seen.height)];
  return { x, y, width, height };
}

/** Names are too small to be read from here on. */
export function isFar({ scale }: Camera): boolean {
  return scale < 0.3;
}

/** The same camera, moved just so far that the box is seen. */
export function reveal(camera: Camera, view: Size, box: Box): Camera {
  const seen = viewportOf(camera, view);
  const margin = 20 / camera.scale;
  const shift = (start: number, length: number, from: number, size: number) => {
    if (length + 2 * margin > size || start - margin < from) return start - margin - from;
    return Math.max(0, start + length + margin - from - size);
  };
  return {
    ...camera,
    x: camera.x + shift(box.x, box.width, seen.x, seen.width),
    y: camera.y + shift(box.y, box.height, seen.y, seen.height),
  };
}

function clamped(scale: number): number {
  return Number.isFinite(scale) ? Math.min(Math.max(scale, SCALE_MIN), SCALE_MAX) : 1;
}
