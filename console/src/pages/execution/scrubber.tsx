/** A slider over the events: everything on the page shows what the execution was at that moment. */
import type { HistoryEvent } from '../../api/types.ts';
import { Button } from '../../ui/cloudscape.ts';
import { duration } from '../../ui/format.ts';

interface ScrubberProps {
  events: readonly HistoryEvent[];
  /** The last event that is shown; undefined follows the execution. */
  at: number | undefined;
  onChange: (at: number | undefined) => void;
}

/** The moment some events further; undefined at the end, where the execution is followed. */
export function stepped(events: readonly HistoryEvent[], at: number | undefined, by: number): number | undefined {
  const next = placeOf(events, at) + by;
  return next >= events.length ? undefined : events[Math.max(next, 1) - 1]?.id;
}

/** How many events there are up to a moment. They are in order, and may be many. */
export function placeOf(events: readonly HistoryEvent[], at: number | undefined): number {
  if (at === undefined) return events.length;
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.id ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function Scrubber({ events, at, onChange }: ScrubberProps) {
  const first = events[0];
  const place = placeOf(events, at);
  const event = events[place - 1];
  const go = (next: number) => onChange(next >= events.length ? undefined : events[Math.max(next, 1) - 1]?.id);
  const elapsed = event === undefined || first === undefined ? undefined : event.timestamp - first.timestamp;
  const words = event === undefined ? '' : `${event.type}, after ${duration(elapsed)}`;
  return (
    <div className="scrubber">
      <Button variant="icon" iconName="angle-left" ariaLabel="One event back" disabled={place <= 1} onClick={() => go(place - 1)} />
      <input
        type="range"
        min={1}
        max={Math.max(1, events.length)}
        value={place}
        aria-label="Moment of the execution"
        aria-valuetext={words}
        onChange={({ target }) => go(Number(target.value))}
      />
      <Button
        variant="icon"
        iconName="angle-right"
        ariaLabel="One event on"
        disabled={place >= events.length}
        onClick={() => go(place + 1)}
      />
      <span className="scrubber-words">
        {place} / {events.length} <span className="quiet">{words}</span>
      </span>
      <Button disabled={at === undefined} onClick={() => onChange(undefined)}>
        Latest
      </Button>
    </div>
  );
}
