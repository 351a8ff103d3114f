/**
 * Everything about one execution, kept fresh until it has ended.
 *
 * Here is the seam for what the server may tell by itself: today it is asked again and again, and only what
 * is new of the history is read. Pages know nothing of how it is done.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';
import { describeDefinitionOf, describeExecution, readHistory } from '../api/operations.ts';
import type { Execution, ExecutionDefinition, HistoryEvent } from '../api/types.ts';
import { EVERY } from '../app/query.ts';

export interface LiveExecution {
  execution: Execution | undefined;
  definition: ExecutionDefinition | undefined;
  events: readonly HistoryEvent[] | undefined;
  error: Error | null;
  retry: () => void;
}

export function useExecution(arn: string): LiveExecution {
  const client = useQueryClient();
  const execution = useQuery({
    queryKey: ['execution', arn],
    queryFn: ({ signal }) => describeExecution(arn, signal),
    refetchInterval: ({ state }) => (state.data?.status === 'RUNNING' && !isRefused(state.error) ? EVERY.live : false),
  });
  const definition = useQuery({
    queryKey: ['execution-definition', arn],
    queryFn: ({ signal }) => describeDefinitionOf(arn, signal),
    staleTime: Infinity,
  });
  const history = useQuery({
    queryKey: ['history', arn],
    queryFn: ({ signal }) => readHistory(arn, client.getQueryData<HistoryEvent[]>(['history', arn]) ?? [], signal),
    refetchInterval: ({ state }) => (hasEnded(state.data) || isRefused(state.error) ? false : EVERY.live),
  });
  const all = [execution, definition, history];
  return {
    execution: execution.data,
    definition: definition.data,
    events: history.data,
    error: all.find((query) => query.isError && query.data === undefined)?.error ?? null,
    retry: () => {
      for (const query of all) void query.refetch();
    },
  };
}

/** What was refused once is refused again; a server that is away may come back. */
function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500;
}

function hasEnded(events: readonly HistoryEvent[] | undefined): boolean {
  return /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(events?.at(-1)?.type ?? '');
}
