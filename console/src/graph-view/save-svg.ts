/** Saves what the graph shows as a file that needs nothing else. */
import type { DrawOptions } from '../graph/draw.ts';
import type { Definition } from '../graph/model.ts';
import { svgOf } from '../graph/svg.ts';
import { saveFile } from '../ui/save-file.ts';

export function saveSvg(definition: Definition, options: DrawOptions): void {
  saveFile('state-machine.svg', 'image/svg+xml', svgOf(definition, options));
}
