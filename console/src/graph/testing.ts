/** Random definitions for property tests: every state type, nested scopes, loops, unreachable states. */
import fc from 'fast-check';

interface Names {
  next: number;
}

/** A definition as an object, from a stream of small numbers. */
export const definitions: fc.Arbitrary<object> = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat({ max: 997 })))
  .map(([size, numbers]) => machine(size, 0, () => Number(numbers.next().value), { next: 0 }));

export function machine(size: number, depth: number, draw: () => number, names: Names): object {
  const own = Array.from({ length: size }, () => `S${(names.next += 1)} ${'word '.repeat(draw() % 4)}`.trim());
  const states: Record<string, object> = {};
  own.forEach((name, index) => {
    // Mostly the next one, so that there are long chains; otherwise one near by, so that there are loops.
    const pick = () => own[Math.min(Math.max(index + (draw() % 12) - 4, 0), own.length - 1)] ?? '';
    const next = draw() % 4 > 0 ? own[index + 1] : pick();
    states[name] = state(draw, next, pick, depth, names);
  });
  return { StartAt: own[0], States: states };
}

function state(draw: () => number, next: string | undefined, pick: () => string, depth: number, names: Names): object {
  const transition = next === undefined ? { End: true } : { Next: next };
  const inner = () => machine(1 + (draw() % 3), depth + 1, draw, names);
  switch (draw() % (depth < 3 ? 8 : 6)) {
    case 0:
      return { Type: 'Pass', ...transition };
    case 1:
      return {
        Type: 'Choice',
        Choices: Array.from({ length: 1 + (draw() % 4) }, (_, rule) => ({ Variable: '$.x', NumericEquals: rule, Next: pick() })),
        Default: pick(),
      };
    case 2:
      return { Type: 'Wait', Seconds: draw(), ...transition };
    case 3:
      return draw() % 2 === 0 ? { Type: 'Succeed' } : { Type: 'Fail', Error: 'E' };
    case 4:
    case 5:
      return {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Retry: [{ ErrorEquals: ['States.ALL'] }],
        Catch: [{ ErrorEquals: ['A', 'B'], Next: pick() }],
        ...transition,
      };
    case 6:
      return { Type: 'Map', ItemProcessor: inner(), ...transition };
    default:
      return { Type: 'Parallel', Branches: Array.from({ length: 1 + (draw() % 3) }, inner), ...transition };
  }
}

/** The same with the keys of every object in another order. */
export function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => hash(a) - hash(b)));
}

function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return sum;
}
