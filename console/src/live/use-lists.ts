/**
 * How often a list is read again: when the server says that one changed, or every few seconds while it
 * says nothing. All lists of a page share one stream.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { EVERY, queries } from '../app/query.ts';
import { listen } from './stream.ts';

/** The first part of the keys of all lists. */
export const LISTS = ['machines', 'executions', 'activities', 'overview', 'search', 'versions', 'aliases'] as const;

let listeners = 0;
let flows = false;
let end: (() => void) | undefined;
const watchers = new Set<() => void>();

function onFlow(now: boolean): void {
  flows = now;
  for (const tell of watchers) tell();
}

function changed(): void {
  for (const list of LISTS) {
    // A list that is being read is not asked for from the beginning: it might never be there.
    void queries.invalidateQueries({ queryKey: [list] }, { cancelRefetch: false });
  }
}

/** Milliseconds, for react-query; false while the server tells by itself. */
export function useListPace(): number | false {
  useEffect(() => {
    listeners += 1;
    end ??= listen({ query: () => ({}), on: { changed }, onFlow });
    return () => {
      listeners -= 1;
      if (listeners > 0) return;
      end?.();
      end = undefined;
    };
  }, []);
  const isFlowing = useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => flows,
  );
  return isFlowing ? false : EVERY.list;
}
