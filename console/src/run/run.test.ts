import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../api/types.ts';
import { parseDefinition, stateNamed } from '../graph/model.ts';
import { definitionSvg } from '../graph/svg.ts';
import { colouringOf } from './colouring.ts';
import { Replay, runOf } from './replay.ts';
import type { Run } from './run.ts';

function recorded(name: string): { events: HistoryEvent[]; source: string } {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  return {
    events: JSON.parse(read(`recorded/${name}.json`)) as HistoryEvent[],
    source: read(`../samples/definitions/${name}.asl.json`),
  };
}

function ran(name: string, events?: number): Run {
  const { events: all, source } = recorded(name);
  const { root } = parseDefinition(source);
  return runOf(all.slice(0, events), (state) => stateNamed(root, state)?.detail);
}

function shown(run: Run): string[] {
  return run.visits.map(({ name, status, iteration, depth }) => {
    const where = iteration === undefined ? '' : `[${iteration}]`;
    return `${'  '.repeat(depth)}${name}${where} ${status}`;
  });
}

describe('a run of a history', () => {
  test('ends what a failed branch takes with it', () => {
    expect(shown(ran('trip-saga'))).toEqual([
      'BookTrip caught',
      '  BookFlight aborted',
      '  RoomLeft succeeded',
      '  NoRoom failed',
      'CancelFlight succeeded',
      'TellTraveller failed',
    ]);
  });

  test('says which state the execution failed in, and why', () => {
    const run = ran('trip-saga');
    expect(run.failed?.name).toBe('TellTraveller');
    expect([run.outcome, run.error]).toEqual(['failed', 'Trip.NotPossible']);
    expect(run.visits[0]).toMatchObject({ error: 'Hotel.FullyBooked', status: 'caught' });
  });

  test('keeps every attempt', () => {
    const parallel = ran('flaky-service').visits[0];
    expect(parallel?.attempts.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(parallel?.attempts.every(({ error }) => error === 'Service.Unavailable')).toBe(true);
  });

  test('goes on where a redrive goes on', () => {
    const event = (id: number, previousEventId: number, type: string, details: object = {}): HistoryEvent => {
      const member = `${type[0]?.toLowerCase() ?? ''}${type.slice(1)}EventDetails`;
      const named = type.endsWith('StateEntered') ? 'stateEnteredEventDetails' : type.endsWith('StateExited') ? 'stateExitedEventDetails' : member;
      return { id, previousEventId, type, timestamp: id, [named]: details } as HistoryEvent;
    };
    // Two activities side by side; one of them fails, and succeeds when the execution is redriven.
    const events = [
      event(1, 0, 'ExecutionStarted', { input: '{}' }),
      event(2, 0, 'ParallelStateEntered', { name: 'Both' }),
      event(3, 2, 'ParallelStateStarted'),
      event(4, 3, 'TaskStateEntered', { name: 'Kept' }),
      event(5, 4, 'ActivityScheduled'),
      event(6, 3, 'TaskStateEntered', { name: 'Broken' }),
      event(7, 6, 'ActivityScheduled'),
      event(8, 5, 'ActivitySucceeded'),
      event(9, 8, 'TaskStateExited', { name: 'Kept' }),
      event(10, 7, 'ActivityFailed', { error: 'E' }),
      event(11, 10, 'ParallelStateFailed'),
      event(12, 11, 'ExecutionFailed', { error: 'E' }),
      event(13, 12, 'ExecutionRedriven', { redriveCount: 1 }),
      event(14, 10, 'ActivityScheduled'),
      event(15, 14, 'ActivitySucceeded'),
      event(16, 15, 'TaskStateExited', { name: 'Broken' }),
      event(17, 16, 'ParallelStateSucceeded'),
      event(18, 16, 'ParallelStateExited', { name: 'Both' }),
      event(19, 18, 'ExecutionSucceeded'),
    ];
    const after = (count: number) => runOf(events.slice(0, count), () => undefined);
    expect(shown(after(12))).toEqual(['Both failed', '  Kept succeeded', '  Broken failed']);
    expect(after(13)).toMatchObject({ outcome: undefined, error: undefined, failed: undefined });
    expect(shown(after(14))).toEqual(['Both running', '  Kept succeeded', '  Broken running']);
    const whole = after(19);
    expect(shown(whole)).toEqual(['Both succeeded', '  Kept succeeded', '  Broken succeeded']);
    expect(whole.visits[2]?.attempts.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
    expect(whole.outcome).toBe('succeeded');
  });

  test('tells the iterations of a Map apart', () => {
    const run = ran('invoice-map');
    expect(run.visits[0]?.iterations).toEqual([
      { index: 0, status: 'succeeded' },
      { index: 1, status: 'succeeded' },
    ]);
    expect(shown(run)).toContain('  ApplyDiscount[0] succeeded');
    expect(shown(run)).toContain('  PriceOfLine[1] succeeded');
  });

  test('is at any moment what the execution was then', () => {
    for (const name of ['trip-saga', 'flaky-service', 'invoice-map', 'countdown']) {
      const { events } = recorded(name);
      events.forEach((_, index) => {
        const run = ran(name, index + 1);
        const open = run.visits.filter((visit) => visit.status === 'running');
        expect(run.outcome === undefined || open.length === 0, `${name} after ${index + 1}`).toBe(true);
      });
    }
  });

  test('is the same at a moment, whatever was looked at before', () => {
    for (const name of ['trip-saga', 'flaky-service', 'invoice-map', 'countdown']) {
      const { events } = recorded(name);
      const replay = new Replay(() => undefined);
      const fresh = (count: number) => shown(runOf(events.slice(0, count)));
      fc.assert(
        fc.property(fc.array(fc.nat(events.length), { maxLength: 12 }), (places) => {
          for (const place of places) expect(shown(replay.at(events, place)), `${name} after ${place}`).toEqual(fresh(place));
        }),
        { numRuns: 60, seed: 7 },
      );
    }
  });

  test('that was given out does not change when another moment is looked at', () => {
    const { events } = recorded('flaky-service');
    const replay = new Replay(() => undefined);
    const early = replay.at(events, 5);
    const before = structuredClone(early.visits);
    replay.at(events, events.length);
    replay.at(events, 1);
    expect(early.visits).toEqual(before);
  });

  test('shows what variables were given', () => {
    const counts = ran('countdown').visits.filter(({ name }) => name === 'CountDown');
    expect(counts.map(({ assigned }) => assigned)).toEqual([{ count: '1' }, { count: '0' }]);
  });

  test('of nothing is nothing', () => {
    expect(runOf([])).toMatchObject({ visits: [], outcome: undefined, failed: undefined });
  });
});

describe('the picture of', () => {
  for (const name of ['trip-saga', 'flaky-service', 'invoice-map', 'countdown']) {
    test(`${name} when it has ended`, async () => {
      const { source } = recorded(name);
      const colouring = colouringOf(ran(name), parseDefinition(source), new Map());
      await expect(definitionSvg(source, { colouring })).toMatchFileSnapshot(`pictures/${name}.svg`);
    });
  }

  test('one iteration has only its own states', () => {
    const { source } = recorded('invoice-map');
    const { states } = colouringOf(ran('invoice-map'), parseDefinition(source), new Map([['EachLine', 1]]));
    expect([...states.keys()]).toEqual(['/EachLine', '/EachLine[]/IsDiscounted', '/EachLine[]/PriceOfLine', '/AddUp']);
  });
});
