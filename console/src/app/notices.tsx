/** Short words about what was done or refused, above the page until they are read. */
import { createContext, use, useCallback, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { FlashbarProps } from '../ui/cloudscape.ts';

type Notice = Pick<FlashbarProps.MessageDefinition, 'type' | 'header' | 'content'>;

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  say: (notice: Notice) => void;
  /** What the server, or the way to it, had against something. */
  refuse: (header: string, error: unknown) => void;
}

/** LIMIT: notices that are shown; older ones make room. */
const SHOWN_MAX = 3;

let drawn = 0;

const Context = createContext<Notices>({ items: [], say: () => undefined, refuse: () => undefined });

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const say = useCallback((notice: Notice) => {
    drawn += 1;
    const id = `notice-${drawn}`;
    const onDismiss = () => setItems((now) => now.filter((item) => item.id !== id));
    const item = { ...notice, id, dismissible: true, dismissLabel: 'Dismiss', onDismiss };
    setItems((now) => [...now, item].slice(-SHOWN_MAX));
  }, []);
  const refuse = useCallback(
    (header: string, error: unknown) => say({ type: 'error', header, content: messageOf(error) }),
    [say],
  );
  const value = useMemo(() => ({ items, say, refuse }), [items, say, refuse]);
  return <Context value={value}>{children}</Context>;
}

export function useNotices(): Notices {
  return use(Context);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
