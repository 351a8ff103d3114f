/**
 * One stream of server-sent events, as long as the page is seen, resumed where it broke.
 *
 * It is read with `fetch` and not with an EventSource, which cannot sign what it asks for. A browser has six
 * connections to one server, so a page in the background holds none of them. Whoever listens is told when the
 * stream does not flow, and asks by itself meanwhile.
 */
import { ApiError, follow } from '../api/client.ts';
import type { Query } from '../api/client.ts';
import { messages } from './messages.ts';

export interface Listener {
  query: () => Query;
  /** By the names of the events; none of them is called after `close`. */
  on: Readonly<Record<string, (data: unknown) => void>>;
  onFlow: (flows: boolean) => void;
}

/** LIMIT: milliseconds before a stream that broke, or that the server refused, is asked for again. */
const PAUSE = { broken: 1000, refused: 5000 };

/** Gives what ends it. */
export function listen({ query, on, onFlow }: Listener): () => void {
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId: string | undefined;

  const close = () => {
    clearTimeout(timer);
    current?.abort();
    current = undefined;
    onFlow(false);
  };
  const read = async (opened: AbortController) => {
    const body = await follow('events', query(), lastId, opened.signal);
    if (current === opened) onFlow(true);
    for await (const { id, name, data } of messages(body)) {
      if (current !== opened) return;
      lastId = id;
      on[name]?.(JSON.parse(data));
    }
  };
  const open = async () => {
    if (current !== undefined || document.hidden) return;
    const opened = new AbortController();
    current = opened;
    let pause = PAUSE.broken;
    try {
      await read(opened);
    } catch (error) {
      if (error instanceof ApiError && error.status > 0) pause = PAUSE.refused;
    }
    if (current !== opened) return;
    close();
    timer = setTimeout(() => void open(), pause);
  };
  const look = () => (document.hidden ? close() : void open());

  document.addEventListener('visibilitychange', look);
  void open();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}
