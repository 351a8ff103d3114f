/**
 * An execution as the visits of its states: what a history tells, put together by state.
 *
 * Events are tied to visits by `previousEventId` and by the names they carry; where a Map's events point
 * into an iteration, the way out is climbed.
 * INVARIANT: a run of the first n events is what the execution looked like at that moment.
 */
import type { HistoryEvent } from '../api/types.ts';
import type { StateStatus } from '../graph/icons.ts';
import { detailsOf, kindOf, textOf } from './event.ts';
import type { Details } from './event.ts';

export interface Attempt {
  startedAt: number;
  endedAt: number | undefined;
  status: 'running' | 'succeeded' | 'failed' | 'timed-out';
  error: string | undefined;
  cause: string | undefined;
}

/** One time that a state was entered. */
export interface Visit {
  id: number;
  name: string;
  type: string;
  parent: Visit | undefined;
  /** Within an iteration of a Map; undefined in a branch and at the top. */
  iteration: number | undefined;
  depth: number;
  enteredAt: number;
  exitedAt: number | undefined;
  status: StateStatus;
  input: string | undefined;
  output: string | undefined;
  assigned: Readonly<Record<string, string>> | undefined;
  error: string | undefined;
  cause: string | undefined;
  attempts: Attempt[];
  eventIds: number[];
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
  visitOf: ReadonlyMap<number, Visit>;
}

/** `errorOf`: the error that the definition gives a Fail state, which no event tells. */
export function runOf(events: readonly HistoryEvent[], errorOf: ErrorOf = () => undefined): Run {
  const builder = new Builder(errorOf);
  for (const event of events) builder.add(event);
  return builder.run();
}

/** Where an event stands: in a visit, or in an iteration where nothing has been entered yet. */
interface Spot {
  visit: Visit | undefined;
  iteration: number | undefined;
}

type ErrorOf = (name: string) => string | undefined;

const NOWHERE: Spot = { visit: undefined, iteration: undefined };

class Builder {
  private readonly visits: Visit[] = [];
  private readonly spots = new Map<number, Spot>();
  private readonly visitOf = new Map<number, Visit>();
  private readonly iterations = new Map<Visit, Map<number, Iteration>>();
  private input: string | undefined;
  private startedAt: number | undefined;
  private endedAt: number | undefined;
  private outcome: string | undefined;
  private error: string | undefined;
  private cause: string | undefined;
  private failed: Visit | undefined;

  constructor(private readonly errorOf: ErrorOf) {}

  add(event: HistoryEvent): void {
    const before = this.spots.get(event.previousEventId) ?? NOWHERE;
    const details = detailsOf(event);
    const spot = this.place(event, details, before);
    this.spots.set(event.id, spot);
    if (spot.visit !== undefined) {
      spot.visit.eventIds.push(event.id);
      this.visitOf.set(event.id, spot.visit);
    }
  }

  run(): Run {
    const { visits, input, startedAt, endedAt, outcome, error, cause, failed, visitOf } = this;
    return { visits, input, startedAt, endedAt, outcome, error, cause, failed, visitOf };
  }

  private place(event: HistoryEvent, details: Details, before: Spot): Spot {
    switch (kindOf(event.type)) {
      case 'state-entered':
        return this.enter(event, details, before);
      case 'state-exited':
        return at(this.exit(event, details, climb(before.visit, (visit) => visit.name === textOf(details, 'name'))));
      case 'iteration-started':
        return this.iterate(details, before);
      case 'iteration-ended':
        return this.endIteration(event, details, before);
      case 'attempt-started':
        return this.attempt(event, details, before);
      case 'attempt-failed':
      case 'attempt-succeeded':
        return this.endAttempt(event, details, before);
      case 'state-aborted':
        return this.abort(event, before);
      case 'execution':
        return this.execution(event, details, before);
      case 'other':
        return before;
    }
  }

  private enter(event: HistoryEvent, details: Details, before: Spot): Spot {
    const last = before.visit;
    // After an exit the next state stands beside the last one, otherwise inside the one that began it.
    const isBeside = last !== undefined && last.exitedAt !== undefined;
    const parent = isBeside ? last.parent : last;
    const visit: Visit = {
      id: event.id,
      name: textOf(details, 'name') ?? '',
      type: event.type.replace(/StateEntered$/, ''),
      parent,
      iteration: isBeside ? last.iteration : before.iteration,
      depth: parent === undefined ? 0 : parent.depth + 1,
      enteredAt: event.timestamp,
      exitedAt: undefined,
      status: 'running',
      input: textOf(details, 'input'),
      output: undefined,
      assigned: undefined,
      error: event.type === 'FailStateEntered' ? this.errorOf(textOf(details, 'name') ?? '') : undefined,
      cause: undefined,
      attempts: [],
      eventIds: [],
      cameFrom: isBeside ? last : undefined,
      resource: undefined,
      parameters: undefined,
      length: undefined,
      iterations: [],
    };
    this.visits.push(visit);
    return at(visit);
  }

  private exit(event: HistoryEvent, details: Details, visit: Visit | undefined): Visit | undefined {
    if (visit === undefined) return undefined;
    visit.exitedAt = event.timestamp;
    visit.output = textOf(details, 'output');
    visit.assigned = details['assignedVariables'] as Visit['assigned'];
    const isCaught = visit.status === 'failed' || visit.status === 'timed-out';
    visit.status = isCaught ? 'caught' : 'succeeded';
    return visit;
  }

  private iterate(details: Details, before: Spot): Spot {
    const map = climb(before.visit, (visit) => visit.name === textOf(details, 'name'));
    const index = Number(details['index'] ?? 0);
    if (map !== undefined) this.iterationOf(map, index).status = 'running';
    return { visit: map, iteration: index };
  }

  private endIteration(event: HistoryEvent, details: Details, before: Spot): Spot {
    const map = climb(before.visit, (visit) => visit.name === textOf(details, 'name'));
    const index = Number(details['index'] ?? 0);
    const status = event.type.endsWith('Succeeded') ? 'succeeded' : event.type.endsWith('Failed') ? 'failed' : 'aborted';
    if (map !== undefined) this.iterationOf(map, index).status = status;
    if (map !== undefined && status !== 'succeeded') this.closeInside(map, event, index);
    return { visit: map, iteration: index };
  }

  /** A Map may have thousands of them. */
  private iterationOf(map: Visit, index: number): Iteration {
    const known = this.iterations.get(map) ?? new Map<number, Iteration>();
    this.iterations.set(map, known);
    const iteration = known.get(index) ?? { index, status: 'running' };
    if (!known.has(index)) {
      known.set(index, iteration);
      map.iterations.push(iteration);
    }
    return iteration;
  }

  private attempt(event: HistoryEvent, details: Details, before: Spot): Spot {
    const container = /^(Map|Parallel)StateStarted$/.exec(event.type)?.[1];
    const visit = container === undefined ? before.visit : climb(before.visit, (open) => open.type === container);
    if (visit === undefined) return before;
    this.endRetried(visit, event);
    visit.status = 'running';
    visit.attempts.push({ startedAt: event.timestamp, endedAt: undefined, status: 'running', error: undefined, cause: undefined });
    visit.resource = textOf(details, 'resource') ?? visit.resource;
    visit.parameters = textOf(details, 'parameters') ?? textOf(details, 'input') ?? visit.parameters;
    if (typeof details['length'] === 'number') visit.length = details['length'];
    return at(visit);
  }

  /** A container that begins again has failed before, without an event that says so. */
  private endRetried(visit: Visit, event: HistoryEvent): void {
    const attempt = visit.attempts.at(-1);
    if (attempt === undefined || attempt.endedAt !== undefined) return;
    this.closeInside(visit, event, undefined);
    const inner = this.innerError(visit);
    const endedAt = inner?.enteredAt ?? event.timestamp;
    Object.assign(attempt, { endedAt, status: 'failed', error: inner?.error, cause: inner?.cause });
  }

  private endAttempt(event: HistoryEvent, details: Details, before: Spot): Spot {
    const visit = this.owner(event, details, before);
    if (visit === undefined) return before;
    const hasFailed = kindOf(event.type) === 'attempt-failed';
    const status = !hasFailed ? 'succeeded' : event.type.endsWith('TimedOut') ? 'timed-out' : 'failed';
    if (hasFailed) {
      const inner = this.innerError(visit);
      visit.status = status;
      visit.error = textOf(details, 'error') ?? inner?.error;
      visit.cause = textOf(details, 'cause') ?? inner?.cause;
      this.closeInside(visit, event, undefined);
      for (const iteration of visit.iterations) if (iteration.status === 'running') iteration.status = 'aborted';
    }
    const attempt = visit.attempts.findLast((candidate) => candidate.endedAt === undefined);
    if (attempt !== undefined) {
      Object.assign(attempt, { endedAt: event.timestamp, status });
      if (hasFailed) Object.assign(attempt, { error: visit.error, cause: visit.cause });
    }
    return at(visit);
  }

  /** The visit that an attempt belongs to: for a Map and a Parallel the nearest around what happened last. */
  private owner(event: HistoryEvent, details: Details, before: Spot): Visit | undefined {
    const container = /^(Map|Parallel)State/.exec(event.type)?.[1] ?? (event.type.startsWith('MapRun') ? 'Map' : undefined);
    if (container !== undefined) return climb(before.visit, (visit) => visit.type === container);
    const named = textOf(details, 'state');
    return named === undefined ? before.visit : (climb(before.visit, (visit) => visit.name === named) ?? before.visit);
  }

  /** Containers fail without an error of their own: it is that of the state inside that failed last. */
  private innerError(container: Visit): Visit | undefined {
    return this.visits.findLast((visit) => visit.error !== undefined && visit.parent === container);
  }

  private abort(event: HistoryEvent, before: Spot): Spot {
    const type = event.type.replace(/StateAborted$/, '');
    // The event points to what ended the scope, not to what is aborted with it.
    const visit = this.visits.find((open) => open.exitedAt === undefined && open.type === type);
    if (visit === undefined) return before;
    visit.status = 'aborted';
    visit.exitedAt = event.timestamp;
    return at(visit);
  }

  private execution(event: HistoryEvent, details: Details, before: Spot): Spot {
    if (event.type === 'ExecutionStarted') {
      this.input = textOf(details, 'input');
      this.startedAt = event.timestamp;
      return before;
    }
    if (event.type === 'ExecutionRedriven') {
      this.endedAt = undefined;
      this.outcome = undefined;
      return before;
    }
    this.endedAt = event.timestamp;
    this.outcome = event.type.replace('Execution', '').toLowerCase();
    this.error = textOf(details, 'error');
    this.cause = textOf(details, 'cause');
    if (event.type === 'ExecutionFailed') this.fail(event, before.visit);
    this.closeAll(event);
    return before;
  }

  private fail(event: HistoryEvent, last: Visit | undefined): void {
    // The deepest visit that has an error tells more than the container around it.
    const deepest = last === undefined ? undefined : this.deepestFailure(last);
    this.failed = deepest ?? last;
    for (let visit = this.failed; visit !== undefined; visit = visit.parent) {
      if (visit.exitedAt !== undefined && visit.status !== 'aborted') continue;
      if (visit.status !== 'timed-out') visit.status = 'failed';
      visit.exitedAt = event.timestamp;
      visit.error ??= this.error;
      visit.cause ??= this.cause;
    }
  }

  private deepestFailure(visit: Visit): Visit | undefined {
    const outermost = rootOf(visit);
    const inside = this.visits.filter((candidate) => rootOf(candidate) === outermost && isFailure(candidate));
    const deepest = inside.reduce<Visit | undefined>((most, one) => (one.depth >= (most?.depth ?? -1) ? one : most), undefined);
    return deepest ?? (visit.type === 'Fail' ? visit : undefined);
  }

  /** What still runs inside a container, or in one iteration of it, does not go on. */
  private closeInside(container: Visit, event: HistoryEvent, index: number | undefined): void {
    for (const visit of this.visits) {
      if (visit.exitedAt !== undefined || !isWithin(visit, container)) continue;
      if (index !== undefined && iterationIn(visit, container) !== index) continue;
      const isFail = visit.type === 'Fail';
      if (visit.status === 'running') visit.status = isFail ? 'failed' : 'aborted';
      visit.exitedAt = isFail ? visit.enteredAt : event.timestamp;
    }
  }

  private closeAll(event: HistoryEvent): void {
    for (const visit of this.visits) {
      if (visit.exitedAt !== undefined) continue;
      if (visit.status === 'running') visit.status = event.type === 'ExecutionTimedOut' ? 'timed-out' : 'aborted';
      visit.exitedAt = event.timestamp;
      for (const attempt of visit.attempts) attempt.endedAt ??= event.timestamp;
      for (const iteration of visit.iterations) if (iteration.status === 'running') iteration.status = 'aborted';
    }
  }
}

function at(visit: Visit | undefined): Spot {
  return { visit, iteration: undefined };
}

/** The nearest visit, from here outwards, that is open and meant. */
function climb(from: Visit | undefined, isMeant: (visit: Visit) => boolean): Visit | undefined {
  for (let visit = from; visit !== undefined; visit = visit.parent) {
    if (visit.exitedAt === undefined && isMeant(visit)) return visit;
  }
  return undefined;
}

function rootOf(visit: Visit): Visit {
  let root = visit;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

function isWithin(visit: Visit, container: Visit): boolean {
  for (let around = visit.parent; around !== undefined; around = around.parent) if (around === container) return true;
  return false;
}

/** The index of the iteration of `map` that a visit belongs to. */
export function iterationIn(visit: Visit, map: Visit): number | undefined {
  for (let inner: Visit | undefined = visit; inner !== undefined; inner = inner.parent) {
    if (inner.parent === map) return inner.iteration;
  }
  return undefined;
}

function isFailure({ status }: Visit): boolean {
  return status === 'failed' || status === 'timed-out';
}
