/** Saves what the graph shows as a file that needs nothing else. */
import type { DrawOptions } from '../graph/draw.ts';
import type { Definition } from '../graph/model.ts';
import { svgOf } from '../graph/svg.ts';

export function saveSvg(definition: Definition, options: DrawOptions): void {
  const blob = new Blob([svgOf(definition, options)], { type: 'image/svg+xml' });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = 'state-machine.svg';
  link.click();
  URL.revokeObjectURL(address);
}
