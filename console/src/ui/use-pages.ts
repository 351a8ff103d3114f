/** A long list in pages of at most fifty rows; the page after the last known one is fetched when it is wanted. */
import { useState } from 'react';

/** LIMIT: rows of a table; above it a browser gets slow. */
const ROWS = 50;

export function usePages<Item>(items: readonly Item[], { hasMore = false, onMore = () => undefined }: { hasMore?: boolean; onMore?: () => void } = {}) {
  const [wanted, setPage] = useState(1);
  const count = Math.max(1, Math.ceil(items.length / ROWS));
  const page = Math.min(wanted, count);
  return {
    shown: items.slice((page - 1) * ROWS, page * ROWS),
    pagination: {
      currentPageIndex: page,
      pagesCount: count,
      openEnd: hasMore,
      onChange: ({ detail }: { detail: { currentPageIndex: number } }) => {
        if (detail.currentPageIndex >= count) onMore();
        setPage(detail.currentPageIndex);
      },
    },
  };
}
