/** Which visit is looked at, and which iterations of the Maps around it. */
import type { Picks } from '../../run/colouring.ts';
import type { Run, Visit } from '../../run/run.ts';

/** The chosen visit of the chosen state; otherwise the last one, or the one that failed. */
export function visitIn(run: Run, { state, visit }: { state?: string; visit?: number }): Visit | undefined {
  if (state === undefined) return undefined;
  const visits = run.visits.filter((candidate) => candidate.name === state);
  return (
    visits.find((candidate) => candidate.id === visit) ??
    visits.find((candidate) => candidate === run.failed) ??
    visits.findLast((candidate) => candidate.status === 'failed') ??
    visits.at(-1)
  );
}

/** Only who chose a visit wants to see the others of its iteration and nothing else. */
export function picksOf(visit: Visit | undefined, isChosen: boolean): Picks {
  const picks = new Map<string, number>();
  if (!isChosen) return picks;
  for (let inner = visit; inner?.parent !== undefined; inner = inner.parent) {
    if (inner.iteration !== undefined) picks.set(inner.parent.name, inner.iteration);
  }
  return picks;
}

/** `#2`, with the item of each Map around it. */
export function visitLabel(visit: Visit, number: number): string {
  const items: string[] = [];
  for (let inner: Visit | undefined = visit; inner?.parent !== undefined; inner = inner.parent) {
    if (inner.iteration !== undefined) items.unshift(`${inner.parent.name} item ${inner.iteration}`);
  }
  return [`#${number}`, ...items].join(' · ');
}
