/**
 * A run as one file: everything that the page of an execution shows, so that it can be looked at anywhere.
 *
 * INVARIANT: what is read from a file is data of the same shapes as the server's, or it is refused with a
 * sentence; nothing in it is trusted further.
 */
import type { Execution, ExecutionDefinition, HistoryEvent } from '../api/types.ts';

export interface RunFile {
  execution: Execution;
  definition: ExecutionDefinition;
  events: HistoryEvent[];
}

const KIND = 'stairway run';
const VERSION = 1;
/** LIMIT: bytes of a file that is opened: AWS's 25,000 events are rarely a tenth of it. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024;

export function textOfRun(run: RunFile): string {
  return JSON.stringify({ kind: KIND, version: VERSION, ...run });
}

/** Throws a sentence where the text is no such file. */
export function runOfText(text: string): RunFile {
  const file = fields(parsed(text), 'the file');
  if (file['kind'] !== KIND || file['version'] !== VERSION) {
    throw new Error('expected a run that was exported by this console, found something else');
  }
  const execution = fields(file['execution'], 'the execution');
  const definition = fields(file['definition'], 'the definition');
  const events = file['events'];
  if (!Array.isArray(events)) throw new Error('expected a list of events, found none');
  return {
    execution: {
      ...texts(execution, ['input', 'output', 'error', 'cause']),
      executionArn: textAt(execution, 'executionArn'),
      stateMachineArn: textAt(execution, 'stateMachineArn'),
      name: textAt(execution, 'name'),
      status: textAt(execution, 'status') as Execution['status'],
      startDate: numberAt(execution, 'startDate'),
      ...(execution['stopDate'] === undefined ? {} : { stopDate: numberAt(execution, 'stopDate') }),
    },
    definition: {
      stateMachineArn: textAt(definition, 'stateMachineArn'),
      name: textAt(definition, 'name'),
      definition: textAt(definition, 'definition'),
    },
    events: events.map((event) => eventOf(fields(event, 'an event'))),
  };
}

function eventOf(event: Fields): HistoryEvent {
  return {
    ...event,
    id: numberAt(event, 'id'),
    previousEventId: numberAt(event, 'previousEventId'),
    timestamp: numberAt(event, 'timestamp'),
    type: textAt(event, 'type'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('expected JSON, found something else');
  }
}

function fields(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`expected ${what} to be an object, found something else`);
}

function textAt(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value === 'string') return value;
  throw new Error(`expected a text as ${key}, found something else`);
}

function texts(from: Fields, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, textAt(from, key)]])));
}

function numberAt(from: Fields, key: string): number {
  const value = from[key];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`expected a number as ${key}, found something else`);
}
