import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('./', import.meta.url);
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.includes('.test.'))
  .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') }));

function offenders(pattern: RegExp, allowed: (path: string) => boolean = () => false): string[] {
  return files.filter(({ path, text }) => !allowed(path) && pattern.test(text)).map(({ path }) => path);
}

describe('the sources of the console', () => {
  test('begin with a comment that says what lives there', () => {
    expect(files.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([]);
  });

  test('never make markup of text', () => {
    expect(offenders(/dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/)).toEqual([]);
  });

  test('ask nobody but the server that they came from', () => {
    const calls = offenders(/\bfetch\(|XMLHttpRequest|EventSource\(|WebSocket|sendBeacon/, (path) => path === 'api/client.ts');
    expect(calls).toEqual([]);
  });

  test('take the design system from one place', () => {
    const elsewhere = offenders(/@cloudscape-design\/(components|global-styles)(?!\/i18n\/messages|\/index\.css)/, (path) => path.startsWith('ui/'));
    expect(elsewhere).toEqual([]);
  });

  test('have no escape from their types and no talk on the console', () => {
    expect(offenders(/\bas any\b|: any[;,)=\]]|<any>|@ts-|console\.(log|debug)/)).toEqual([]);
  });

  test('draw without React and without a document', () => {
    expect(offenders(/react|document\.|window\./, (path) => !path.startsWith('graph/') && !path.startsWith('run/'))).toEqual([]);
  });
});
