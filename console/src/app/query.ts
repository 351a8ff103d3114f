/** How what was read is kept and read again. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1000,
      refetchOnWindowFocus: true,
      // The server's refusals do not change by asking again; a server that is away may come back.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

/** Milliseconds between two looks at what may change by itself, while the page is seen. */
export const EVERY = { list: 3000, live: 700 } as const;
