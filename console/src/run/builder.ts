/**
 * Puts a run together, event by event, and takes it apart again.
 *
 * Events are tied to visits by `previousEventId` and by the names they carry; where a Map's events point
 * into an iteration, the way out is climbed.
 * INVARIANT: after n events it is what the execution looked like at that moment; whatever changes with an event
 * goes through the journal.
 */
import type { HistoryEvent } from '../api/types.ts';
import type { StateStatus } from '../graph/icons.ts';
import { detailsOf, kindOf, textOf } from './event.ts';
import type { Details } from './event.ts';
import { Journal } from './journal.ts';
import { iterationIn } from './run.ts';
import type { ErrorOf, Iteration, Run, Visit } from './run.ts';

/** Where an event stands: in a visit, or in an iteration where nothing has been entered yet. */
interface Spot {
  visit: Visit | undefined;
  iteration: number | undefined;
}

const NOWHERE: Spot = { visit: undefined, iteration: undefined };

/** What is known of the execution as a whole. */
type Facts = Omit<Run, 'visits' | 'visitOf'>;

export class Builder {
  private readonly journal = new Journal();
  private readonly visits: Visit[] = [];
  /** By event; those of events that were taken back are put anew before anybody asks for them. */
  private readonly spots = new Map<number, Spot>();
  private readonly iterations = new Map<Visit, Map<number, Iteration>>();
  /** Visits that an event says have been left; the others of an execution that is over may go on. */
  private readonly left = new Map<Visit, true>();
  private readonly redrives: HistoryEvent[] = [];
  private readonly facts: Facts = {
    input: undefined,
    startedAt: undefined,
    endedAt: undefined,
    outcome: undefined,
    error: undefined,
    cause: undefined,
    failed: undefined,
  };

  constructor(private readonly errorOf: ErrorOf) {}

  add(event: HistoryEvent): void {
    this.journal.begin();
    const before = this.spots.get(event.previousEventId) ?? NOWHERE;
    if (this.redrives.length > 0 && GOES_ON.has(kindOf(event.type))) this.reopen(before.visit);
    this.spots.set(event.id, this.place(event, detailsOf(event), before));
  }

  /** Takes back what was added last. */
  back(): void {
    this.journal.back();
  }

  /** A copy: what is added or taken back later does not change it. */
  run(): Run {
    const visits: Visit[] = [];
    const copyOf = (visit: Visit | undefined) => (visit === undefined ? undefined : visits[visit.index]);
    for (const visit of this.visits) {
      visits.push({
        ...visit,
        // Both were entered before it.
        parent: copyOf(visit.parent),
        cameFrom: copyOf(visit.cameFrom),
        attempts: copied(visit.attempts),
        iterations: copied(visit.iterations),
      });
    }
    const visitOf = (eventId: number) => copyOf(this.spots.get(eventId)?.visit);
    return { ...this.facts, visits, failed: copyOf(this.facts.failed), visitOf };
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
    const iteration = isBeside ? last.iteration : before.iteration;
    const visit: Visit = {
      id: event.id,
      index: this.visits.length,
      name: textOf(details, 'name') ?? '',
      type: event.type.replace(/StateEntered$/, ''),
      parent,
      iteration,
      depth: parent === undefined ? 0 : parent.depth + 1,
      path: `${parent?.path ?? ''}/${iteration ?? ''}`,
      enteredAt: event.timestamp,
      exitedAt: undefined,
      status: 'running',
      input: textOf(details, 'input'),
      output: undefined,
      assigned: undefined,
      error: event.type === 'FailStateEntered' ? this.errorOf(textOf(details, 'name') ?? '') : undefined,
      cause: undefined,
      attempts: [],
      cameFrom: isBeside ? last : undefined,
      resource: undefined,
      parameters: undefined,
      length: undefined,
      iterations: [],
    };
    this.journal.push(this.visits, visit);
    return at(visit);
  }

  private exit(event: HistoryEvent, details: Details, visit: Visit | undefined): Visit | undefined {
    if (visit === undefined) return undefined;
    this.journal.put(this.left, visit, true);
    this.set(visit, {
      exitedAt: event.timestamp,
      output: textOf(details, 'output'),
      assigned: details['assignedVariables'] as Visit['assigned'],
      status: isFailure(visit) ? 'caught' : 'succeeded',
    });
    return visit;
  }

  private iterate(details: Details, before: Spot): Spot {
    const map = climb(before.visit, (visit) => visit.name === textOf(details, 'name'));
    const index = Number(details['index'] ?? 0);
    if (map !== undefined) this.set(this.iterationOf(map, index), { status: 'running' });
    return { visit: map, iteration: index };
  }

  private endIteration(event: HistoryEvent, details: Details, before: Spot): Spot {
    const map = climb(before.visit, (visit) => visit.name === textOf(details, 'name'));
    const index = Number(details['index'] ?? 0);
    const status = event.type.endsWith('Succeeded') ? 'succeeded' : event.type.endsWith('Failed') ? 'failed' : 'aborted';
    if (map !== undefined) this.set(this.iterationOf(map, index), { status });
    if (map !== undefined && status !== 'succeeded') this.closeInside(map, event, index);
    return { visit: map, iteration: index };
  }

  /** A Map may have thousands of them. */
  private iterationOf(map: Visit, index: number): Iteration {
    const known = this.iterations.get(map) ?? new Map<number, Iteration>();
    if (!this.iterations.has(map)) this.journal.put(this.iterations, map, known);
    const iteration = known.get(index) ?? { index, status: 'running' };
    if (!known.has(index)) {
      this.journal.put(known, index, iteration);
      this.journal.push(map.iterations, iteration);
    }
    return iteration;
  }

  private attempt(event: HistoryEvent, details: Details, before: Spot): Spot {
    const container = /^(Map|Parallel)StateStarted$/.exec(event.type)?.[1];
    const visit = container === undefined ? before.visit : climb(before.visit, (open) => open.type === container);
    if (visit === undefined) return before;
    this.endRetried(visit, event);
    this.journal.push(visit.attempts, { startedAt: event.timestamp, endedAt: undefined, status: 'running', error: undefined, cause: undefined });
    this.set(visit, {
      status: 'running',
      resource: textOf(details, 'resource') ?? visit.resource,
      parameters: textOf(details, 'parameters') ?? textOf(details, 'input') ?? visit.parameters,
      length: typeof details['length'] === 'number' ? details['length'] : visit.length,
    });
    return at(visit);
  }

  /** A container that begins again has failed before, without an event that says so. */
  private endRetried(visit: Visit, event: HistoryEvent): void {
    const attempt = visit.attempts.at(-1);
    if (attempt === undefined || attempt.endedAt !== undefined) return;
    this.closeInside(visit, event, undefined);
    const inner = this.innerError(visit);
    const endedAt = inner?.enteredAt ?? event.timestamp;
    this.set(attempt, { endedAt, status: 'failed', error: inner?.error, cause: inner?.cause });
  }

  private endAttempt(event: HistoryEvent, details: Details, before: Spot): Spot {
    const visit = this.owner(event, details, before);
    if (visit === undefined) return before;
    const hasFailed = kindOf(event.type) === 'attempt-failed';
    const status = !hasFailed ? 'succeeded' : event.type.endsWith('TimedOut') ? 'timed-out' : 'failed';
    if (hasFailed) {
      const inner = this.innerError(visit);
      this.set(visit, { status, error: textOf(details, 'error') ?? inner?.error, cause: textOf(details, 'cause') ?? inner?.cause });
      this.closeInside(visit, event, undefined);
      this.abortIterations(visit);
    }
    const attempt = visit.attempts.findLast((candidate) => candidate.endedAt === undefined);
    if (attempt !== undefined) {
      this.set(attempt, { endedAt: event.timestamp, status, ...(hasFailed ? { error: visit.error, cause: visit.cause } : {}) });
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
    this.set(visit, { status: 'aborted', exitedAt: event.timestamp });
    return at(visit);
  }

  private execution(event: HistoryEvent, details: Details, before: Spot): Spot {
    if (event.type === 'ExecutionStarted') {
      this.set(this.facts, { input: textOf(details, 'input'), startedAt: event.timestamp });
      return before;
    }
    if (event.type === 'ExecutionRedriven') {
      this.journal.push(this.redrives, event);
      this.set(this.facts, { endedAt: undefined, outcome: undefined, error: undefined, cause: undefined, failed: undefined });
      return before;
    }
    this.set(this.facts, {
      endedAt: event.timestamp,
      outcome: event.type.replace('Execution', '').toLowerCase(),
      error: textOf(details, 'error'),
      cause: textOf(details, 'cause'),
    });
    if (event.type === 'ExecutionFailed') this.fail(event, before.visit);
    this.closeAll(event);
    return before;
  }

  private fail(event: HistoryEvent, last: Visit | undefined): void {
    // The deepest visit that has an error tells more than the container around it.
    const deepest = last === undefined ? undefined : this.deepestFailure(last);
    const failed = deepest ?? last;
    this.set(this.facts, { failed });
    for (let visit = failed; visit !== undefined; visit = visit.parent) {
      if (visit.exitedAt !== undefined && visit.status !== 'aborted') continue;
      this.set(visit, {
        status: visit.status === 'timed-out' ? visit.status : 'failed',
        exitedAt: event.timestamp,
        error: visit.error ?? this.facts.error,
        cause: visit.cause ?? this.facts.cause,
      });
    }
  }

  /** A redrive goes on in a visit that was closed, and so in everything around it. */
  private reopen(from: Visit | undefined): void {
    for (let visit = from; visit !== undefined; visit = visit.parent) {
      if (visit.exitedAt === undefined || this.left.has(visit)) continue;
      this.set(visit, { exitedAt: undefined, status: 'running', error: undefined, cause: undefined });
    }
    for (let visit = from; visit?.parent !== undefined; visit = visit.parent) {
      if (visit.iteration !== undefined && visit.parent.exitedAt === undefined)
        this.set(this.iterationOf(visit.parent, visit.iteration), { status: 'running' });
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
      this.close(visit, isFail ? 'failed' : 'aborted', isFail ? visit.enteredAt : event.timestamp);
    }
  }

  private closeAll(event: HistoryEvent): void {
    for (const visit of this.visits) {
      if (visit.exitedAt !== undefined) continue;
      this.close(visit, event.type === 'ExecutionTimedOut' ? 'timed-out' : 'aborted', event.timestamp);
      for (const attempt of visit.attempts) this.set(attempt, { endedAt: attempt.endedAt ?? event.timestamp });
      this.abortIterations(visit);
    }
  }

  private close(visit: Visit, status: StateStatus, exitedAt: number): void {
    this.set(visit, { status: visit.status === 'running' ? status : visit.status, exitedAt });
  }

  private abortIterations({ iterations }: Visit): void {
    for (const iteration of iterations) if (iteration.status === 'running') this.set(iteration, { status: 'aborted' });
  }

  /** Every change goes this way, so that it can be taken back. */
  private set<Target extends object>(target: Target, change: Partial<Target>): void {
    for (const key of Object.keys(change) as (keyof Target)[]) this.journal.set(target, key, change[key] as Target[typeof key]);
  }
}

/** Events with which a branch goes on; others only say what has become of it. */
const GOES_ON: ReadonlySet<string> = new Set(['state-entered', 'state-exited', 'iteration-started', 'attempt-started']);

const NONE: never[] = [];

/** Most visits have neither attempts nor iterations. */
function copied<Item extends object>(items: readonly Item[]): Item[] {
  return items.length === 0 ? NONE : items.map((item) => ({ ...item }));
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

function isFailure({ status }: Visit): boolean {
  return status === 'failed' || status === 'timed-out';
}
