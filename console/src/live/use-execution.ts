/**
 * Everything about one execution, kept fresh until it has ended.
 *
 * The server tells new events of the history as they come; while that stream does not flow it is asked
 * again and again, and only what is new is read. Pages know nothing of how it is done.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { readHistory } from '../api/extras.ts';
import { describeDefinitionOf, describeExecution } from '../api/operations.ts';
import type { Execution, ExecutionDefinition, HistoryEvent } from '../api/types.ts';
import { EVERY } from '../app/query.ts';
import { listen } from './stream.ts';

export interface LiveExecution {
  execution: Execution | undefined;
  definition: ExecutionDefinition | undefined;
  /** From the first one on; not all of them while `isWhole` is false. */
  events: readonly HistoryEvent[] | undefined;
  isWhole: boolean;
  error: Error | null;
  retry: () => void;
}

export function useExecution(arn: string): LiveExecution {
  const client = useQueryClient();
  const [flows, setFlows] = useState(false);
  const [part, setPart] = useState<readonly HistoryEvent[] | undefined>(undefined);
  const execution = useQuery({
    queryKey: ['execution', arn],
    queryFn: ({ signal }) => describeExecution(arn, signal),
    refetchInterval: ({ state }) =>
      !flows && state.data?.status === 'RUNNING' && !isRefused(state.error) ? EVERY.live : false,
  });
  const definition = useQuery({
    queryKey: ['execution-definition', arn],
    queryFn: ({ signal }) => describeDefinitionOf(arn, signal),
    staleTime: Infinity,
  });
  const history = useQuery({
    queryKey: ['history', arn],
    queryFn: ({ signal }) => readHistory(arn, known(client, arn), setPart, signal),
    refetchInterval: ({ state }) => (flows || hasEnded(state.data) || isRefused(state.error) ? false : EVERY.live),
  });
  const isOpen = history.data !== undefined && !hasEnded(history.data);
  useEffect(() => {
    if (!isOpen) return undefined;
    return listen({
      query: () => ({ execution: arn, after: known(client, arn).at(-1)?.id }),
      on: {
        history: (events) => append(client, arn, events as HistoryEvent[]),
        end: () => void client.invalidateQueries({ queryKey: ['execution', arn] }),
      },
      onFlow: setFlows,
    });
  }, [client, arn, isOpen]);
  // The last event may be here before the stream has said that it was the last.
  const isBehind = !isOpen && history.data !== undefined && execution.data?.status === 'RUNNING';
  useEffect(() => {
    if (isBehind) void client.invalidateQueries({ queryKey: ['execution', arn] });
  }, [client, arn, isBehind]);

  const all = [execution, definition, history];
  return {
    execution: execution.data,
    definition: definition.data,
    events: history.data ?? part,
    isWhole: history.data !== undefined,
    error: all.find((query) => query.isError && query.data === undefined)?.error ?? null,
    retry: () => {
      for (const query of all) void query.refetch();
    },
  };
}

function known(client: QueryClient, arn: string): readonly HistoryEvent[] {
  return client.getQueryData<HistoryEvent[]>(['history', arn]) ?? [];
}

/** What is known already is passed over; where something is missing in between, all is read again. */
function append(client: QueryClient, arn: string, events: readonly HistoryEvent[]): void {
  const before = known(client, arn);
  const last = before.at(-1)?.id ?? 0;
  const fresh = events.filter((event) => event.id > last);
  if (fresh[0] === undefined) return;
  if (fresh[0].id > last + 1) void client.invalidateQueries({ queryKey: ['history', arn] });
  else client.setQueryData(['history', arn], [...before, ...fresh]);
}

/** What was refused once is refused again; a server that is away may come back. */
function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500;
}

function hasEnded(events: readonly HistoryEvent[] | undefined): boolean {
  return /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(events?.at(-1)?.type ?? '');
}
