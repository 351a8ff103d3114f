/** The history as it is: every event, its details on demand. */
import { useState } from 'react';
import type { HistoryEvent } from '../../api/types.ts';
import { detailsOf, toneOf } from '../../run/event.ts';
import type { Run, Visit } from '../../run/run.ts';
import { duration, preciseMoment } from '../../ui/format.ts';
import { JsonView } from '../../ui/json-view.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';

interface EventRowsProps {
  events: readonly HistoryEvent[];
  run: Run;
  onSelect: (visit: Visit) => void;
}

const COLUMNS = '56px minmax(190px, 1.3fr) minmax(110px, 1fr) 90px 190px';

export function EventRows({ events, run, onSelect }: EventRowsProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  const start = events[0]?.timestamp ?? 0;
  return (
    <VirtualRows
      count={events.length}
      rowHeight={37}
      label="Events"
      columns={COLUMNS}
      keyOf={(index) => events[index]?.id ?? index}
      empty="There are no events yet."
      head={['Id', 'Event', 'State', 'After', 'Time'].map((title) => (
        <div role="columnheader" key={title}>
          {title}
        </div>
      ))}
      row={(index) => {
        const event = events[index];
        if (event === undefined) return { cells: null };
        const visit = run.visitOf(event.id);
        const isOpen = open.has(event.id);
        return {
          onClick: () => toggle(event.id),
          cells: (
            <>
              <div role="cell">{event.id}</div>
              <div role="cell" className={`tone-${toneOf(event.type)}`}>
                <button
                  type="button"
                  className="event-link"
                  aria-expanded={isOpen}
                  onClick={(click) => {
                    click.stopPropagation();
                    toggle(event.id);
                  }}
                >
                  {isOpen ? '▾' : '▸'} {event.type}
                </button>
              </div>
              <div role="cell" className="visit-name">
                {visit !== undefined && (
                  <button
                    type="button"
                    className="visit-link"
                    onClick={(click) => {
                      click.stopPropagation();
                      onSelect(visit);
                    }}
                  >
                    {visit.name}
                  </button>
                )}
              </div>
              <div role="cell">{duration(event.timestamp - start)}</div>
              <div role="cell">{preciseMoment(event.timestamp)}</div>
            </>
          ),
          below: isOpen && (
            <div role="cell" className="event-details" onClick={(click) => click.stopPropagation()}>
              <JsonView text={JSON.stringify(opened(event))} label={`details of event ${event.id}`} />
            </div>
          ),
        };
      }}
    />
  );
}

/** Payloads are JSON inside a string; unfolded they can be read. */
function opened(event: HistoryEvent): object {
  const details: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(detailsOf(event))) {
    if (!key.endsWith('Details')) details[key] = key === 'input' || key === 'output' || key === 'parameters' ? unfolded(value) : value;
  }
  return { previousEventId: event.previousEventId, ...details };
}

function unfolded(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
