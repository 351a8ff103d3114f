/**
 * Whose keys sign what the console asks; a server without keys asks for none.
 *
 * They live as long as the page does, or as long as its tab where somebody wants that, and are never written
 * anywhere else. A refusal of the server's for want of good keys is what leads to the page that asks for them.
 */
import { useSyncExternalStore } from 'react';
import type { Keys } from './sign.ts';

interface Session {
  keys: Keys | undefined;
  /** The server's words when it wanted keys, or others. */
  refusal: { code: string; message: string } | undefined;
}

const PLACE = 'stairway.keys';
const REFUSALS = /^(MissingAuthenticationToken|IncompleteSignature|InvalidSignature|UnrecognizedClient|ExpiredToken)Exception$/;

let session: Session = { keys: remembered(), refusal: undefined };
const watchers = new Set<() => void>();

function become(next: Session): void {
  session = next;
  for (const tell of watchers) tell();
}

export function keysNow(): Keys | undefined {
  return session.keys;
}

/** Whether a refusal is about keys, and not about what was asked. */
export function isAboutKeys(code: string): boolean {
  return REFUSALS.test(code);
}

/** `used`: the keys that were refused; those of now may be others already. */
export function refused(code: string, message: string, used: Keys | undefined): void {
  if (used === session.keys) become({ keys: undefined, refusal: { code, message } });
}

export function signIn(keys: Keys, staysInTab: boolean): void {
  try {
    if (staysInTab) sessionStorage.setItem(PLACE, JSON.stringify(keys));
    else sessionStorage.removeItem(PLACE);
  } catch {
    // Storage may be switched off; then they are remembered as long as the page is open.
  }
  become({ keys, refusal: undefined });
}

export function signOut(): void {
  try {
    sessionStorage.removeItem(PLACE);
  } catch {
    // Where there is no storage, nothing is in it.
  }
  become({ keys: undefined, refusal: { code: 'SignedOut', message: '' } });
}

export function useSession(): Session {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => session,
  );
}

function remembered(): Keys | undefined {
  try {
    const keys: unknown = JSON.parse(sessionStorage.getItem(PLACE) ?? 'null');
    return isKeys(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}

function isKeys(value: unknown): value is Keys {
  if (typeof value !== 'object' || value === null) return false;
  const { id, secret, region, token } = value as Readonly<Record<string, unknown>>;
  const isToken = token === undefined || typeof token === 'string';
  return typeof id === 'string' && typeof secret === 'string' && typeof region === 'string' && isToken;
}
