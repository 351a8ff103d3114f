/** Shapes of the drawing as React elements. Text is a child, never markup. */
import './adopt-style.ts';
import { createElement } from 'react';
import type { ReactNode } from 'react';
import type { Shape } from '../graph/draw.ts';

const REACT_NAMES: Record<string, string> = { class: 'className', 'text-anchor': 'textAnchor' };

export function elementOf(shape: Shape, key: string | number): ReactNode {
  const properties: Record<string, unknown> = { key };
  for (const [name, value] of Object.entries(shape.attributes)) properties[REACT_NAMES[name] ?? name] = value;
  const children = shape.children.map((child, index) => (typeof child === 'string' ? child : elementOf(child, index)));
  return createElement(shape.tag, properties, ...children);
}
