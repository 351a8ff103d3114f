import { describe, expect, test } from 'vitest';
import { placeOf } from './pointer.ts';

const SOURCE = '{"StartAt": "a", "States": {"a": {"Type": "Pass"}, "a/b": {"Retry": [{"ErrorEquals": []}, {"x": 1}]}}}';

function check(pointer: string, expected: string | undefined) {
  const place = placeOf(SOURCE, pointer);
  expect(place === undefined ? undefined : SOURCE.slice(place.start, place.end)).toBe(expected);
}

describe('a place in a definition', () => {
  test('is found by its path', () => {
    check('/StartAt', '"StartAt": "a"');
    check('/States/a/Type', '"Type": "Pass"');
    check('/States/a/b/Retry[1]/x', '"x": 1');
    check('/States/a/b/Retry/0/ErrorEquals', '"ErrorEquals": []');
  });

  test('that is missing is shown where it would be', () => {
    check('/States/a/Next', '"a": {"Type": "Pass"}');
    check('/States/a/b/Retry[7]', '"Retry": [{"ErrorEquals": []}, {"x": 1}]');
  });

  test('may be the whole', () => {
    check('/', undefined);
    check('', undefined);
    check('/Nothing', undefined);
  });
});
