import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fitted, textWidth } from './text.ts';
import { definitionSvg } from './svg.ts';

const SAMPLES = new URL('../samples/definitions/', import.meta.url);
const EXAMPLE = new URL('../../../examples/order-fulfilment.asl.json', import.meta.url);

describe('the picture of', () => {
  const files = [EXAMPLE, ...readdirSync(SAMPLES).sort().map((name) => new URL(name, SAMPLES))];
  for (const file of files) {
    const name = file.pathname.split('/').at(-1)?.replace('.asl.json', '') ?? '';
    test(name, async () => {
      await expect(definitionSvg(readFileSync(file, 'utf8'))).toMatchFileSnapshot(`pictures/${name}.svg`);
    });
  }
});

test('names, comments and conditions are text and nothing else', () => {
  const payload = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&]]>\u0000`;
  const source = JSON.stringify({
    Comment: payload,
    StartAt: payload,
    States: {
      [payload]: { Type: 'Choice', Choices: [{ Variable: payload, StringEquals: payload, Next: `b${payload}` }], Default: payload },
      [`b${payload}`]: { Type: 'Fail', Error: payload },
    },
  });
  const svg = definitionSvg(source);
  expect(svg).not.toMatch(/<script|<img|on\w+="/);
  expect(svg).not.toContain('\u0000');
});

test('a text that fits is left alone, and another is cut to what fits', () => {
  expect(fitted('Charge card', 13, 200)).toBe('Charge card');
  const cut = fitted('Charge the card of the customer', 13, 90);
  expect(cut).toMatch(/^Charge.*…$/);
  expect(textWidth(cut, 13)).toBeLessThanOrEqual(90);
  expect(fitted('💳'.repeat(40), 13, 60).isWellFormed()).toBe(true);
});
