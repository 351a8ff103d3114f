/**
 * One stream of server-sent events, as long as the page is seen; the browser resumes it where it broke.
 *
 * A browser has six connections to one server, so a page in the background holds none of them. Whoever
 * listens is told when the stream does not flow, and asks by itself meanwhile.
 */
import { queryText } from '../api/client.ts';
import type { Query } from '../api/client.ts';

export interface Listener {
  query: () => Query;
  /** By the names of the events; none of them is called after `close`. */
  on: Readonly<Record<string, (data: unknown) => void>>;
  onFlow: (flows: boolean) => void;
}

/** LIMIT: milliseconds before a stream that the server refused is asked for again. */
const PAUSE = 5000;

/** Gives what ends it. */
export function listen({ query, on, onFlow }: Listener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
    onFlow(false);
  };
  const open = () => {
    if (source !== undefined || document.hidden) return;
    const opened = new EventSource(`/console/api/events?${queryText(query())}`);
    source = opened;
    opened.onopen = () => onFlow(true);
    opened.onerror = () => {
      onFlow(false);
      // While it is connecting, the browser itself tries again and names the last event.
      if (opened.readyState !== EventSource.CLOSED) return;
      close();
      timer = setTimeout(open, PAUSE);
    };
    for (const [name, heard] of Object.entries(on)) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        if (source === opened) heard(JSON.parse(event.data));
      });
    }
  };
  const look = () => (document.hidden ? close() : open());

  document.addEventListener('visibilitychange', look);
  open();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}
