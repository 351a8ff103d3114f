/** An execution as the visits of its states: what a history tells, put together by state (`builder`). */
import type { StateStatus } from '../graph/icons.ts';

export interface Attempt {
  startedAt: number;
  endedAt: number | undefined;
  status: 'running' | 'succeeded' | 'failed' | 'timed-out';
  error: string | undefined;
  cause: string | undefined;
}

/** One time that a state was entered. */
export interface Visit {
  /** The event that entered it. */
  id: number;
  /** Its place among the visits of the run. */
  index: number;
  name: string;
  type: string;
  parent: Visit | undefined;
  /** Within an iteration of a Map; undefined in a branch and at the top. */
  iteration: number | undefined;
  depth: number;
  /** Of all iterations around it: visits that follow each other in the same ones have the same. */
  path: string;
  enteredAt: number;
  exitedAt: number | undefined;
  status: StateStatus;
  input: string | undefined;
  output: string | undefined;
  assigned: Readonly<Record<string, string>> | undefined;
  error: string | undefined;
  cause: string | undefined;
  attempts: Attempt[];
  /** The visit before it in the same scope. */
  cameFrom: Visit | undefined;
  resource: string | undefined;
  /** What was given to the task, when it is not the input itself. */
  parameters: string | undefined;
  /** Items of a Map. */
  length: number | undefined;
  iterations: Iteration[];
}

export interface Iteration {
  index: number;
  status: StateStatus;
}

export interface Run {
  visits: Visit[];
  input: string | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  outcome: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  /** The visit that the execution failed in. */
  failed: Visit | undefined;
  /** Which visit an event belongs to. */
  visitOf: (eventId: number) => Visit | undefined;
}

export type ErrorOf = (name: string) => string | undefined;

/** The index of the iteration of `map` that a visit belongs to. */
export function iterationIn(visit: Visit, map: Visit): number | undefined {
  for (let inner: Visit | undefined = visit; inner !== undefined; inner = inner.parent) {
    if (inner.parent === map) return inner.iteration;
  }
  return undefined;
}
