import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from './json.ts';
import { conditionOf, parseDefinition, resourceText, statesOf } from './model.ts';
import { definitions } from './testing.ts';

function names(source: string): string[] {
  return [...statesOf(parseDefinition(source).root)].map((state) => state.name);
}

describe('JSON as it is while somebody types', () => {
  test('whole JSON is read as JSON.parse reads it', () => {
    const plain = (value: ReturnType<typeof parseJson>['value']): unknown => {
      if (value.kind === 'scalar') return value.value;
      if (value.kind === 'array') return value.items.map(plain);
      return value.members.map(({ key, value: inner }) => [key, plain(inner)]);
    };
    const pairs = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(pairs);
      return typeof value === 'object' && value !== null ? Object.entries(value).map(([k, v]) => [k, pairs(v)]) : value;
    };
    fc.assert(
      fc.property(fc.json(), (source) => {
        const { value, mistakes } = parseJson(source);
        expect(plain(value)).toEqual(pairs(JSON.parse(source)));
        expect(mistakes).toEqual([]);
      }),
    );
  });

  test('any text is read to its end', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (source) => void parseJson(source)));
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\a1 \n') }), (source) => void parseJson(source)), {
      numRuns: 500,
    });
  });

  test('a mistake is found at its place', () => {
    expect(parseJson('{"a": }').mistakes).toEqual([6]);
    expect(parseJson('{"a": 1').mistakes).toEqual([7]);
    expect(parseJson('{"a" 1}').mistakes).toEqual([5]);
  });
});

describe('a broken definition', () => {
  const whole = '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}}';

  test('keeps the states that can be read', () => {
    expect(names(whole)).toEqual(['A', 'B']);
    expect(names(whole.replace('},"B"', '} "B"'))).toEqual(['A', 'B']);
    expect(names(whole.slice(0, -3))).toEqual(['A', 'B']);
    expect(names(whole.replace('"Next":"B"', '"Next":"B'))).toContain('A');
    expect(names(whole.replace('"Type":"Pass"', '"Type":'))).toEqual(['A', 'B']);
  });

  test('cut off anywhere still gives a model', () => {
    fc.assert(
      fc.property(definitions, fc.nat(), (definition, cut) => {
        const source = JSON.stringify(definition);
        const all = names(source);
        for (const name of names(source.slice(0, cut % source.length))) {
          expect(all.some((known) => known.startsWith(name))).toBe(true);
        }
      }),
    );
  });

  test('is anything at all', () => {
    for (const source of ['', '[]', 'null', '{"States": 3}', '{"States": {"A": []}}', '{"StartAt": {}, "States": {"A": {"Choices": {}}}}']) {
      expect(() => parseDefinition(source)).not.toThrow();
    }
  });
});

test('order is that of the transitions, then of the names', () => {
  const source = JSON.stringify({
    StartAt: 'Start',
    States: {
      Zero: { Type: 'Pass', End: true },
      End: { Type: 'Succeed' },
      Alone: { Type: 'Pass', Next: 'End' },
      Start: { Type: 'Choice', Choices: [{ Condition: '{% $x %}', Next: 'Right' }], Default: 'End' },
      Right: { Type: 'Pass', Next: 'End' },
    },
  });
  expect(names(source)).toEqual(['Start', 'Right', 'End', 'Alone', 'Zero']);
});

test('conditions of both query languages are short', () => {
  const shown = (rule: object) => conditionOf(parseJson(JSON.stringify(rule)).value);
  expect(shown({ Condition: '{% $states.input.x > 3 %}' })).toBe('$states.input.x > 3');
  expect(shown({ Variable: '$.a', NumericGreaterThanEquals: 3 })).toBe('$.a ≥ 3');
  expect(shown({ Variable: '$.a', IsPresent: false })).toBe('$.a is not present');
  expect(shown({ Not: { Variable: '$.a', StringEquals: 'x' } })).toBe('not ($.a = x)');
  expect(shown({ And: [{ Variable: '$.a', IsNull: true }, { Variable: '$.b', StringMatches: 'x*' }] })).toBe(
    '$.a is null and $.b matches x*',
  );
});

test('a resource is told by what tells it apart', () => {
  expect(resourceText('arn:aws:states:::lambda:invoke.waitForTaskToken')).toBe('lambda:invoke.waitForTaskToken');
  expect(resourceText('arn:aws:states:::aws-sdk:s3:getObject')).toBe('s3:getObject');
  expect(resourceText('arn:aws:lambda:us-east-1:123456789012:function:pay:live')).toBe('function pay:live');
  expect(resourceText('arn:aws:states:us-east-1:123456789012:activity:ship')).toBe('activity ship');
});
