/** A definition, and perhaps what became of it, as one SVG file that needs nothing else. */
import { draw } from './draw.ts';
import type { DrawOptions, Shape } from './draw.ts';
import { layout } from './layout.ts';
import type { LayoutOptions } from './layout.ts';
import { parseDefinition } from './model.ts';
import type { Definition } from './model.ts';
import { FILE_STYLE } from './style.ts';

export function definitionSvg(source: string, options: DrawOptions & LayoutOptions = {}): string {
  return svgOf(parseDefinition(source), options);
}

export function svgOf(definition: Definition, options: DrawOptions & LayoutOptions = {}): string {
  const placed = layout(definition, options);
  const { ends, transitions, states } = draw(placed, options);
  const { width, height } = placed;
  const lines = [...states.map(({ shape }) => shape), ...transitions, ...ends].map(markup);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="g" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(definition.comment ?? 'State machine')}</title>`,
    `<style>${FILE_STYLE}</style>`,
    `<rect class="g-canvas" width="${width}" height="${height}"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

export function markup({ tag, attributes, children }: Shape): string {
  const list = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  const inside = children.map((child) => (typeof child === 'string' ? escaped(child) : markup(child)));
  return inside.length > 0 ? `<${tag}${list.join('')}>${inside.join('')}</${tag}>` : `<${tag}${list.join('')}/>`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Characters that XML cannot hold at all become the replacement character. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .toWellFormed();
}
