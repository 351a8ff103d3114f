import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draw } from './draw.ts';
import { layout } from './layout.ts';
import type { Box, Layout, PlacedState } from './layout.ts';
import { parseDefinition, statesOf } from './model.ts';
import { definitions, machine, shuffled } from './testing.ts';

const RUNS = { numRuns: 300 };

function laidOut(definition: unknown): Layout {
  return layout(parseDefinition(JSON.stringify(definition)));
}

/** Rounding to whole pixels may take one. */
function overlap(a: Box, b: Box): boolean {
  return a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function isInside(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The id of the scope that a state belongs to. */
function scopeOf({ state }: PlacedState): string {
  return state.id.slice(0, state.id.length - state.name.length - 1);
}

function siblings(placed: Layout): PlacedState[][] {
  const groups = new Map<string, PlacedState[]>();
  for (const state of placed.states) groups.set(scopeOf(state), [...(groups.get(scopeOf(state)) ?? []), state]);
  return [...groups.values()];
}

describe('any definition', () => {
  test('has all its states in the picture', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const parsed = parseDefinition(JSON.stringify(definition));
        const ids = [...statesOf(parsed.root)].map((state) => state.id);
        expect(layout(parsed).states.map(({ state }) => state.id).sort()).toEqual(ids.sort());
      }),
      RUNS,
    );
  });

  test('has states of one scope that do not overlap', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        for (const scope of siblings(laidOut(definition))) {
          scope.forEach((one, index) => {
            for (const other of scope.slice(index + 1)) {
              expect(overlap(one.box, other.box), `${one.name} and ${other.name}`).toBe(false);
            }
          });
        }
      }),
      RUNS,
    );
  });

  test('keeps what is inside a state inside its box', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const placed = laidOut(definition);
        for (const parent of placed.states) {
          for (const scope of parent.scopes) expect(isInside(scope, parent.box)).toBe(true);
          for (const child of placed.states) {
            if (!child.state.id.startsWith(`${parent.state.id}[`)) continue;
            expect(parent.scopes.some((scope) => isInside(child.box, scope)), child.name).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  test('has branches that do not overlap', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        for (const { scopes } of laidOut(definition).states) {
          scopes.forEach((one, index) => {
            for (const other of scopes.slice(index + 1)) expect(overlap(one, other)).toBe(false);
          });
        }
      }),
      RUNS,
    );
  });

  test('looks the same for any order of keys', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const [one, other] = [laidOut(definition), laidOut(shuffled(definition))];
        const picture = (placed: Layout) => placed.states.map(({ state, box }) => [state.id, box]);
        expect(picture(other)).toEqual(picture(one));
        expect(other.transitions.map(({ id, points }) => [id, points])).toEqual(
          one.transitions.map(({ id, points }) => [id, points]),
        );
      }),
      RUNS,
    );
  });

  test('has transitions that begin and end at their states and cross no state on the way', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const placed = laidOut(definition);
        const boxes = new Map(placed.states.map(({ state, box }) => [state.id, box]));
        for (const { from, to, points, labelBox } of placed.transitions) {
          const [first, last] = [points[0], points.at(-1)];
          const touches = (id: string | undefined, point: typeof first) => {
            const box = boxes.get(id ?? '');
            return box === undefined || (point !== undefined && isInside({ ...point, width: 0, height: 0 }, box));
          };
          expect(touches(from, first) && touches(to, last)).toBe(true);
          for (const { state, box } of placed.states) {
            // A state of the same scope; what lies around the transition is not in its way.
            if (state.id === from || state.id === to || scopeName(state.id) !== scopeName(from ?? to ?? '')) continue;
            for (const point of points) expect(strictlyInside(point, box)).toBe(false);
            if (labelBox !== undefined) expect(overlap(labelBox, box)).toBe(false);
          }
        }
      }),
      RUNS,
    );
  });

  test('lies inside the picture with everything that is drawn', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const placed = laidOut(definition);
        const all = { x: 0, y: 0, width: placed.width, height: placed.height };
        for (const { box } of placed.states) expect(isInside(box, all)).toBe(true);
        for (const { points } of placed.transitions) {
          for (const point of points) expect(isInside({ ...point, width: 0, height: 0 }, all)).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

function scopeName(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

function strictlyInside({ x, y }: { x: number; y: number }, box: Box): boolean {
  return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
}

describe('a large definition', () => {
  const large = (size: number) => {
    let seed = 1;
    const draw = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % 997;
    };
    return machine(size, 3, draw, { next: 0 });
  };

  test('of 1000 states is laid out whole', () => {
    expect(laidOut(large(1000)).states).toHaveLength(1000);
  });

  test('is drawn only where it is looked at', () => {
    const placed = laidOut(large(300));
    const seen = draw(placed, { viewport: { x: 0, y: 0, width: 1000, height: 700 } });
    expect(seen.states.length).toBeGreaterThan(0);
    expect(seen.states.length).toBeLessThan(draw(placed).states.length / 3);
  });

  test('of a thousand scopes within each other ends', () => {
    let definition: object = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
    for (let depth = 0; depth < 1000; depth += 1) {
      definition = { StartAt: 'M', States: { M: { Type: 'Map', ItemProcessor: definition, End: true } } };
    }
    expect(laidOut(definition).states.length).toBeGreaterThan(30);
  });
});

test('a closed state is drawn without what is inside', () => {
  const inner = { StartAt: 'B', States: { B: { Type: 'Pass', End: true } } };
  const source = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Map', ItemProcessor: inner, End: true } } });
  const placed = layout(parseDefinition(source), { closed: new Set(['/A']) });
  expect(placed.states.map(({ state }) => state.name)).toEqual(['A']);
});
