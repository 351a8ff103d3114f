/** What changed between two texts, line by line: the fewest lines that went and came. */

export interface DiffLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** LIMIT: lines on each side that differ in the middle; longer middles are shown as gone and come whole. */
const COMPARED_MAX = 3000;

export function diffLines(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const lines = (kind: DiffLine['kind'], texts: readonly string[]) => texts.map((text) => ({ kind, text }));
  return [
    ...lines('same', old.slice(0, start)),
    ...middle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...lines('same', old.slice(old.length - end)),
  ];
}

function middle(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length > COMPARED_MAX || now.length > COMPARED_MAX) {
    return [...old.map((text) => ({ kind: 'gone' as const, text })), ...now.map((text) => ({ kind: 'new' as const, text }))];
  }
  // How many lines the rests have in common, for each pair of places.
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [gone, come] = [old[i], now[j]];
    if (gone !== undefined && gone === come) {
      lines.push({ kind: 'same', text: gone });
      i += 1;
      j += 1;
    } else if (gone !== undefined && (come === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'gone', text: gone });
      i += 1;
    } else {
      lines.push({ kind: 'new', text: come ?? '' });
      j += 1;
    }
  }
  return lines;
}

/** Runs of lines to show: what changed with some lines around it, and how many are left out. */
export type DiffPart = { kind: 'lines'; lines: DiffLine[] } | { kind: 'left-out'; count: number };

const AROUND = 3;

export function partsOf(lines: readonly DiffLine[]): DiffPart[] {
  const near = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind !== 'same') for (let at = index - AROUND; at <= index + AROUND; at += 1) near.add(at);
  });
  const parts: DiffPart[] = [];
  lines.forEach((line, index) => {
    const last = parts.at(-1);
    if (near.has(index)) {
      if (last?.kind === 'lines') last.lines.push(line);
      else parts.push({ kind: 'lines', lines: [line] });
    } else if (last?.kind === 'left-out') last.count += 1;
    else parts.push({ kind: 'left-out', count: 1 });
  });
  return parts;
}
