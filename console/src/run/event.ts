/** What the console asks of a history event, whatever its type. */
import type { HistoryEvent } from '../api/types.ts';

export type Details = Readonly<Record<string, unknown>>;

const NONE: Details = {};

/** The one member that holds what is particular to the event. */
export function detailsOf(event: HistoryEvent): Details {
  // Called for every event at every moment that is looked at: no list of its members is made.
  for (const key in event) {
    const value = key.endsWith('EventDetails') ? event[key] : undefined;
    if (typeof value === 'object' && value !== null) return value as Details;
  }
  return NONE;
}

export function textOf(details: Details, key: string): string | undefined {
  const value = details[key];
  return typeof value === 'string' ? value : undefined;
}

export type EventKind =
  | 'state-entered'
  | 'state-exited'
  | 'iteration-started'
  | 'iteration-ended'
  | 'attempt-started'
  | 'attempt-failed'
  | 'attempt-succeeded'
  | 'state-aborted'
  | 'execution'
  | 'other';

const kinds = new Map<string, EventKind>();

/** Which part of a state's life the event is. A history has few types and many events. */
export function kindOf(type: string): EventKind {
  const kind = kinds.get(type) ?? kindOfType(type);
  // LIMIT: what a file calls the types of its events is remembered up to here.
  if (kinds.size < 200) kinds.set(type, kind);
  return kind;
}

function kindOfType(type: string): EventKind {
  if (type.startsWith('Execution')) return 'execution';
  if (type.endsWith('StateEntered')) return 'state-entered';
  if (type.endsWith('StateExited')) return 'state-exited';
  if (type.endsWith('StateAborted')) return 'state-aborted';
  if (type === 'MapIterationStarted') return 'iteration-started';
  if (type.startsWith('MapIteration')) return 'iteration-ended';
  if (/^(Activity|LambdaFunction|Task)Scheduled$|^(Map|Parallel)StateStarted$|^MapRunRedriven$/.test(type)) {
    return 'attempt-started';
  }
  if (/(Failed|TimedOut)$/.test(type)) return 'attempt-failed';
  if (type.endsWith('Succeeded')) return 'attempt-succeeded';
  return 'other';
}

export type Tone = 'good' | 'bad' | 'busy' | 'quiet';

export function toneOf(type: string): Tone {
  if (/(Failed|TimedOut)$/.test(type)) return 'bad';
  if (type.endsWith('Aborted')) return 'quiet';
  if (type.endsWith('Succeeded')) return 'good';
  if (/(Started|Scheduled|Submitted|Redriven)$/.test(type)) return 'busy';
  return 'quiet';
}
