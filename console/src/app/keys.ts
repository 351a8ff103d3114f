/**
 * Keys that mean something wherever the focus is, except where text is written.
 *
 * A key is one character, or two typed after each other: `g m`. With Ctrl or Cmd it is the browser's, but
 * for the palette's.
 */
import { useEffect, useRef } from 'react';

export type Keys = Readonly<Record<string, () => void>>;

/** LIMIT: milliseconds between the two characters of one key. */
const PAUSE = 1200;

/** What to tell the one who asks for the list of keys. */
export const KEY_WORDS: readonly [keys: string, words: string][] = [
  ['Ctrl K', 'Go to anything'],
  ['?', 'This list'],
  ['g o', 'Overview'],
  ['g m', 'State machines'],
  ['g e', 'Executions'],
  ['g a', 'Activities'],
  ['g t', 'Test a state'],
  ['g s', 'Samples'],
  ['[  ]', 'One event back or on, in an execution'],
  ['Arrows', 'Along the transitions, in a graph'],
  ['Esc', 'Leave the state, the dialog, the editor'],
];

export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    let [first, at] = ['', 0];
    const press = (event: KeyboardEvent) => {
      const isCommand = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented || (!isCommand && isWritten(event))) return;
      const key = isCommand ? `ctrl ${event.key.toLowerCase()}` : event.key;
      const both = event.timeStamp - at < PAUSE ? `${first} ${key}` : key;
      const meant = current.current[both] ?? current.current[key];
      [first, at] = [key, event.timeStamp];
      if (meant === undefined) return;
      event.preventDefault();
      meant();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** The editor lives in a shadow tree, so the path is asked and not the target. */
function isWritten(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
