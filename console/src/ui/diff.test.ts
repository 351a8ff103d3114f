import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines, partsOf } from './diff.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 }).map((lines) => lines.join('\n'));

describe('a diff', () => {
  test('has every line of both texts in their order', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const without = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text).join('\n');
        expect(without('new')).toBe(before);
        expect(without('gone')).toBe(after);
      }),
    );
  });

  test('keeps what is the same', () => {
    expect(diffLines('a\nb\nc', 'a\nx\nc').map(({ kind }) => kind)).toEqual(['same', 'gone', 'new', 'same']);
    expect(diffLines('a\nb', 'a\nb').every(({ kind }) => kind === 'same')).toBe(true);
  });

  test('shows what changed with some lines around it', () => {
    const before = Array.from({ length: 40 }, (_, index) => String(index)).join('\n');
    const parts = partsOf(diffLines(before, before.replace('\n20\n', '\ntwenty\n')));
    expect(parts.map((part) => (part.kind === 'lines' ? part.lines.length : -part.count))).toEqual([-17, 8, -16]);
    expect(partsOf(diffLines('a', 'a'))).toEqual([{ kind: 'left-out', count: 1 }]);
  });
});
