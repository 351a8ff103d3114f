/** Our own marks, drawn in a square of 16: one per type of state, one per status. Lines, not areas. */
import type { StateType } from './model.ts';

export const TYPE_ICONS: Record<StateType | 'unknown', string> = {
  Task: 'M3 4.5h10v7H3zM5.5 7l1.5 1.5L5.5 10M8.5 10h2.5',
  Pass: 'M2.5 8h10M9 4.5L12.5 8 9 11.5',
  Choice: 'M8 2l6 6-6 6-6-6zM8 5.6v2.6M8 10.3v.2',
  Wait: 'M8 2.2a5.8 5.8 0 1 0 .01 0zM8 5v3.2l2.2 1.5',
  Succeed: 'M8 2.2a5.8 5.8 0 1 0 .01 0zM5.4 8.2l1.9 1.9 3.4-3.8',
  Fail: 'M8 2.2a5.8 5.8 0 1 0 .01 0zM6 6l4 4M10 6l-4 4',
  Parallel: 'M8 2v2.5M3.5 13.5v-5a4 4 0 0 1 4-4h1a4 4 0 0 1 4 4v5M8 4.5v9',
  Map: 'M5.5 2.5h8v8M2.5 5.5h8v8h-8z',
  unknown: 'M5.8 6a2.3 2.3 0 1 1 3.3 2.1c-.8.4-1.1.8-1.1 1.6M8 12.3v.2',
};

/** What a state has come to. Each has a mark of its own: colour is never alone. */
export type StateStatus = 'succeeded' | 'failed' | 'running' | 'caught' | 'aborted' | 'timed-out';

export const STATUS_MARKS: Record<StateStatus, string> = {
  succeeded: 'M4.5 8.3l2.3 2.4 4.8-5.2',
  failed: 'M5 5l6 6M11 5l-6 6',
  running: 'M6 4.8l5 3.2-5 3.2z',
  caught: 'M8 4.2v4.6M8 11.4v.2',
  aborted: 'M5.5 5.5h5v5h-5z',
  'timed-out': 'M8 4.6v3.6l2.4 1.6',
};

export const STATUS_WORDS: Record<StateStatus, string> = {
  succeeded: 'succeeded',
  failed: 'failed',
  running: 'running',
  caught: 'caught an error',
  aborted: 'aborted',
  'timed-out': 'timed out',
};
