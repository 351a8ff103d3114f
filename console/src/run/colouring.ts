/** What a run adds to the picture of its definition: a colour for each state, and the transitions taken. */
import type { Colouring, StateColour } from '../graph/draw.ts';
import type { StateStatus } from '../graph/icons.ts';
import type { Definition, Scope, State } from '../graph/model.ts';
import type { Run, Visit } from './run.ts';

/** The iteration that is looked at, by the name of its Map; a Map without one shows all of them. */
export type Picks = ReadonlyMap<string, number>;

/** Of several visits that count, the state shows the one that wants attention most. */
const URGENCY: readonly StateStatus[] = ['succeeded', 'caught', 'aborted', 'timed-out', 'failed', 'running'];

export function isPicked(visit: Visit, picks: Picks): boolean {
  if (picks.size === 0) return true;
  for (let inner: Visit | undefined = visit; inner?.parent !== undefined; inner = inner.parent) {
    const pick = inner.iteration === undefined ? undefined : picks.get(inner.parent.name);
    if (pick !== undefined && pick !== inner.iteration) return false;
  }
  return true;
}

export function colouringOf(run: Run, definition: Definition, picks: Picks): Colouring {
  const byName = new Map<string, Visit[]>();
  for (const visit of run.visits) {
    if (!isPicked(visit, picks)) continue;
    const known = byName.get(visit.name);
    if (known === undefined) byName.set(visit.name, [visit]);
    else known.push(visit);
  }
  const colouring = { states: new Map<string, StateColour>(), taken: new Set<string>() };
  colour(definition.root, byName, colouring);
  return colouring;
}

function colour(
  scope: Scope,
  byName: ReadonlyMap<string, Visit[]>,
  into: { states: Map<string, StateColour>; taken: Set<string> },
): void {
  const ids = new Map(scope.states.map((state) => [state.name, state.id]));
  for (const state of scope.states) {
    const visits = byName.get(state.name);
    if (visits !== undefined) {
      into.states.set(state.id, colourOf(visits));
      for (const id of transitionsOf(state, visits, ids, scope)) into.taken.add(id);
    }
    for (const inner of state.scopes) colour(inner, byName, into);
  }
}

function colourOf(visits: readonly Visit[]): StateColour {
  // In a loop the last visit counts, in a Map the last one of each iteration.
  const last = new Map<string, Visit>();
  let attempts = 0;
  for (const visit of visits) {
    last.set(visit.path, visit);
    attempts = Math.max(attempts, visit.attempts.length);
  }
  let urgency = 0;
  for (const { status } of last.values()) urgency = Math.max(urgency, URGENCY.indexOf(status));
  return { status: URGENCY[urgency] ?? 'succeeded', visits: visits.length, attempts };
}

function transitionsOf(state: State, visits: readonly Visit[], ids: ReadonlyMap<string, string>, scope: Scope): Set<string> {
  // There are many visits and few ways into a state.
  const [after, afterCaught, others] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const visit of visits) {
    const before = visit.cameFrom;
    if (before !== undefined) (before.status === 'caught' ? afterCaught : after).add(before.name);
    else if (state.name === scope.startAt) others.add(`${scope.id}/^start`);
    if (state.isEnd && visit.status === 'succeeded') others.add(`${state.id}^end`);
  }
  for (const [names, mark] of [[after, ''], [afterCaught, '!']] as const) {
    for (const name of names) {
      const from = ids.get(name);
      if (from !== undefined) others.add(`${from}>${state.id}${mark}`);
    }
  }
  return others;
}
