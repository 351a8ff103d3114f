import { describe, expect, test } from 'vitest';
import { asked, executionsSearch } from './search.ts';

describe('the search for executions', () => {
  test('takes from an address what it knows, and nothing else', () => {
    const found = executionsSearch({ status: 'FAILED', name: 4711, error: '', since: '1h', from: '2026-01-01T00:00', other: 1 });
    expect(found).toEqual({ status: 'FAILED', name: '4711', since: '1h' });
    expect(executionsSearch({ status: 'DONE', since: 'ever', from: 'yesterday' })).toEqual({});
  });

  test('is asked for in milliseconds', () => {
    expect(asked({ since: '15m' }, 1_000_000_000).from).toBe(1_000_000_000 - 900_000);
    const { from, until } = asked({ from: '2026-01-02T03:04', until: '2026-01-02T03:05' }, 0);
    expect((until ?? 0) - (from ?? 0)).toBe(60_000);
  });
});
