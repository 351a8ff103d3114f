/** Visits in the order of a tree: what happened inside a state comes right after it. */
import type { Run, Visit } from '../../run/run.ts';

export function treeOf(run: Run): Visit[] {
  const inside = new Map<Visit | undefined, Visit[]>();
  for (const visit of run.visits) {
    const siblings = inside.get(visit.parent);
    if (siblings === undefined) inside.set(visit.parent, [visit]);
    else siblings.push(visit);
  }
  // Iterations run side by side; in the tree each is whole.
  for (const siblings of inside.values()) siblings.sort((a, b) => (a.iteration ?? -1) - (b.iteration ?? -1));
  const ordered: Visit[] = [];
  const waiting = [...(inside.get(undefined) ?? [])].reverse();
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    ordered.push(visit);
    waiting.push(...[...(inside.get(visit) ?? [])].reverse());
  }
  return ordered;
}
