/** A list that is read page by page, kept fresh while it is seen, and whether there is more of it. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { listMachines } from '../api/operations.ts';
import type { Part } from '../api/operations.ts';
import { useListPace } from '../live/use-lists.ts';

export interface Rows<Item> {
  items: Item[];
  /** Nothing is known of it yet. */
  isPending: boolean;
  isFetching: boolean;
  hasMore: boolean;
  /** Answers that were put together. */
  parts: number;
  more: () => void;
  /** Why nothing can be shown. */
  error: Error | null;
  /** Why there is not more, though there should be. */
  moreError: Error | null;
  refresh: () => void;
}

type Read<Item> = (nextToken: string | undefined, signal: AbortSignal) => Promise<Part<Item>>;

/** `key` begins with one of `LISTS`. */
export function useRows<Item>(key: readonly unknown[], read: Read<Item>): Rows<Item> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (part) => part.nextToken,
    refetchInterval: useListPace(),
    placeholderData: keepPreviousData,
  });
  return {
    items: query.data?.pages.flatMap(({ items }) => items) ?? [],
    isPending: query.isPending,
    isFetching: query.isFetching,
    hasMore: query.hasNextPage,
    parts: query.data?.pages.length ?? 0,
    more: () => void query.fetchNextPage(),
    error: query.data === undefined ? query.error : null,
    moreError: query.isFetchNextPageError ? query.error : null,
    refresh: () => void query.refetch(),
  };
}

/** State machines to choose from: the first page of them. */
export function useMachines() {
  const query = useQuery({
    queryKey: ['machines', 'to choose from'],
    queryFn: async ({ signal }) => (await listMachines(undefined, signal)).items,
  });
  return query.data ?? [];
}
