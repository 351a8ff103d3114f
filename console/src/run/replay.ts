/**
 * An execution at any moment of its history: going there costs as much as it is far from where one was.
 *
 * What an event changed is written down and taken back on the way into the past, so that a step in a history of
 * ten thousand events does not begin at the first one again.
 * INVARIANT: a run that was given out never changes; the next moment gives another one.
 */
import type { HistoryEvent } from '../api/types.ts';
import { Builder } from './builder.ts';
import type { ErrorOf, Run } from './run.ts';

export class Replay {
  private readonly builder: Builder;
  private place = 0;

  /** `errorOf`: the error that the definition gives a Fail state, which no event tells. */
  constructor(errorOf: ErrorOf) {
    this.builder = new Builder(errorOf);
  }

  /** After the first `count` of the events; they are those of the times before, and perhaps more. */
  at(events: readonly HistoryEvent[], count: number): Run {
    for (; this.place > count; this.place -= 1) this.builder.back();
    for (const event of events.slice(this.place, count)) this.builder.add(event);
    this.place = count;
    return this.builder.run();
  }
}

export function runOf(events: readonly HistoryEvent[], errorOf: ErrorOf = () => undefined): Run {
  return new Replay(errorOf).at(events, events.length);
}
