/** Which executions are looked for, as the address says it. */
import { EXECUTION_STATUSES } from '../../api/types.ts';
import type { ExecutionStatus } from '../../api/types.ts';
import type { ExecutionSearch } from '../../api/operations.ts';

export interface ExecutionsSearch {
  status?: ExecutionStatus;
  /** A part of the name, and of the error. */
  name?: string;
  error?: string;
  machine?: string;
  /** The last while, by one of `SINCE`. */
  since?: Since;
  /** Local times as a date field has them; they count when `since` is not there. */
  from?: string;
  until?: string;
}

export const SINCE = { '15m': 15, '1h': 60, '24h': 24 * 60, '7d': 7 * 24 * 60 } as const;
export type Since = keyof typeof SINCE;

export const SINCE_WORDS: Readonly<Record<Since, string>> = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
};

export function executionsSearch(search: Record<string, unknown>): ExecutionsSearch {
  const status = EXECUTION_STATUSES.find((known) => known === search['status']);
  const since = (Object.keys(SINCE) as Since[]).find((known) => known === search['since']);
  return {
    ...(status === undefined ? {} : { status }),
    ...text('name', search['name']),
    ...text('error', search['error']),
    ...text('machine', search['machine']),
    ...(since === undefined ? { ...time('from', search['from']), ...time('until', search['until']) } : { since }),
  };
}

/** What the server is asked for; relative times are relative to `now`, in milliseconds. */
export function asked(search: ExecutionsSearch, now: number): ExecutionSearch {
  const { status, name, error, machine, since, from, until } = search;
  return {
    status,
    name,
    error,
    machine,
    from: since === undefined ? moment(from) : now - SINCE[since] * 60_000,
    until: moment(until),
  };
}

export function isFiltered(search: ExecutionsSearch): boolean {
  return Object.keys(search).length > 0;
}

function moment(local: string | undefined): number | undefined {
  return local === undefined ? undefined : new Date(local).getTime();
}

function text<Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> {
  // The address gives numbers where a text looks like one.
  const found = typeof value === 'number' ? String(value) : value;
  return typeof found === 'string' && found !== '' ? ({ [key]: found } as Record<Key, string>) : {};
}

function time<Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> {
  return typeof value === 'string' && !Number.isNaN(new Date(value).getTime()) ? ({ [key]: value } as Record<Key, string>) : {};
}
