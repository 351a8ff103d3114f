/**
 * How wide a text will be, without a document to ask: widths of a common sans-serif font, a little generous.
 *
 * INVARIANT: what `fitted` returns is not wider than what was asked for.
 */

/** Advance widths in thousandths of the font size, for the characters from space to `~`. */
const WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
];
const LATIN = 610;
const WIDE = 1040;
/** Fonts differ: room for one that is wider than the table's. */
const MARGIN = 1.2;

export function textWidth(text: string, size: number): number {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    thousandths += WIDTHS[code - 32] ?? (code < 0x1100 ? LATIN : WIDE);
  }
  return Math.ceil((thousandths * size * MARGIN) / 1000);
}

/** The text, or as much of its beginning as fits with an ellipsis. */
export function fitted(text: string, size: number, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (textWidth(line, size) <= width) return line;
  const characters = [...line];
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const candidate = `${characters.slice(0, middle).join('').trimEnd()}…`;
    if (textWidth(candidate, size) <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : `${characters.slice(0, low).join('').trimEnd()}…`;
}
