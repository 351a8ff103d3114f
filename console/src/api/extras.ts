/**
 * What this server tells beside AWS's operations, and, where nothing answers under `/console/api/`, the same
 * from the operations alone. Pages are told which of the two they see.
 */
import { useSyncExternalStore } from 'react';
import { ApiError, look } from './client.ts';
import { PAGE } from './operations.ts';
import type { ExecutionSearch, Part } from './operations.ts';
import { historyPlainly, overviewPlainly, searchPlainly } from './plain.ts';
import type { FoundExecution, HistoryEvent, Overview } from './types.ts';

type Signal = AbortSignal | undefined;

/** LIMIT: events of one history that the console holds; AWS ends an execution at 25,000. */
const HISTORY_MAX = 50_000;
/** Events that are read first, so that something can be seen while the others are on their way. */
const FIRST_PART = 1000;

/** Executions of all machines, newest first. A part may be short and still have a next one. */
export const searchExecutions = (search: ExecutionSearch, after: string | undefined, signal?: Signal): Promise<Part<FoundExecution>> =>
  orPlainly(
    async () => {
      const found = await look<{ executions: FoundExecution[]; nextToken?: string }>('executions', { ...search, after, limit: PAGE }, signal);
      return { items: found.executions, nextToken: found.nextToken };
    },
    () => searchPlainly(search, signal),
  );

export interface Resources {
  resources: string[];
  services: string[];
}

/** What a Task may name: optimized actions and services; with the name of a service, its actions. */
export const readResources = (service: string): Promise<Resources> => look<Resources>('resources', { service });

export const readOverview = (hours: number, signal?: Signal): Promise<Overview> =>
  orPlainly(
    () => look<Overview>('overview', { hours }, signal),
    () => overviewPlainly(hours, signal),
  );

/**
 * The whole history in order; what is `known` is not asked for again, for it never changes. `onPart` is told
 * of what is there so far: long histories come in parts.
 */
export const readHistory = (
  executionArn: string,
  known: readonly HistoryEvent[],
  onPart: (events: HistoryEvent[]) => void,
  signal?: Signal,
): Promise<HistoryEvent[]> =>
  orPlainly(
    async () => {
      const events = [...known];
      for (;;) {
        const query = { execution: executionArn, after: events.at(-1)?.id, limit: events.length === 0 ? FIRST_PART : undefined };
        const part = await look<{ events: HistoryEvent[]; isMore: boolean }>('history', query, signal);
        for (const event of part.events) events.push(event);
        if (!part.isMore || events.length >= HISTORY_MAX) return events;
        onPart([...events]);
      }
    },
    () => historyPlainly(executionArn, known, signal),
  );

let isAway = false;
const watchers = new Set<() => void>();

function become(away: boolean): void {
  if (away === isAway) return;
  isAway = away;
  for (const tell of watchers) tell();
}

/** True while only AWS's operations are answered. */
export function useIsPlain(): boolean {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => isAway,
  );
}

async function orPlainly<Answer>(fully: () => Promise<Answer>, plainly: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await fully();
    become(false);
    return answer;
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    const answer = await plainly();
    become(true);
    return answer;
  }
}

/** Nothing, something else than this server, or a server that knows no such address. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status >= 500 || /^(Unreachable|UnknownOperationException|HTTP .*)$/.test(error.code);
}
