/** When each state ran: a bar per visit, and inside it a bar per attempt with the pauses between. */
import { useMemo } from 'react';
import type { Attempt, Visit } from '../../run/run.ts';
import { duration } from '../../ui/format.ts';
import { useNow } from '../../ui/use-now.ts';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { treeOf } from './tree.ts';
import { VisitName } from './visit-table.tsx';
import type { VisitRowsProps } from './visit-table.tsx';

const COLUMNS = 'minmax(150px, 220px) 1fr 80px';
const TICKS = 5;
/** Seconds: times are told in milliseconds, and no two ticks shall say the same. */
const SHORTEST = 0.004;

export function Timeline({ run, selected, onSelect }: VisitRowsProps) {
  const visits = useMemo(() => treeOf(run), [run]);
  const start = run.startedAt ?? visits[0]?.enteredAt ?? 0;
  const latest = visits.reduce((most, visit) => Math.max(most, visit.exitedAt ?? visit.enteredAt), start);
  const now = useNow(run.endedAt === undefined);
  const end = Math.max(run.endedAt ?? now, latest, start + SHORTEST);
  const scale: Scale = { start, length: end - start, end };
  return (
    <VirtualRows
      count={visits.length}
      rowHeight={37}
      label="Timeline"
      columns={COLUMNS}
      keyOf={(index) => visits[index]?.id ?? index}
      empty="No state has been entered yet."
      head={
        <>
          <div role="columnheader">State</div>
          <div role="columnheader" className="ticks" aria-label="Time">
            {Array.from({ length: TICKS }, (_, index) => (
              <span key={index}>{duration((scale.length * index) / (TICKS - 1))}</span>
            ))}
          </div>
          <div role="columnheader">Duration</div>
        </>
      }
      row={(index) => {
        const visit = visits[index];
        if (visit === undefined) return { cells: null };
        return {
          isSelected: visit === selected,
          onClick: () => onSelect(visit),
          cells: (
            <>
              <VisitName visit={visit} onSelect={onSelect} />
              <div role="cell" className="track">
                <Bar visit={visit} scale={scale} />
              </div>
              <div role="cell">{duration((visit.exitedAt ?? scale.end) - visit.enteredAt)}</div>
            </>
          ),
        };
      }}
    />
  );
}

interface Scale {
  start: number;
  length: number;
  end: number;
}

function span(scale: Scale, from: number, to: number) {
  const left = ((from - scale.start) / scale.length) * 100;
  return { left: `${left}%`, width: `max(3px, ${Math.max(0, ((to - from) / scale.length) * 100)}%)` };
}

function Bar({ visit, scale }: { visit: Visit; scale: Scale }) {
  const end = visit.exitedAt ?? scale.end;
  const hasAttempts = visit.attempts.length > 1;
  return (
    <>
      <span
        className={`bar bar-${visit.status}${hasAttempts ? ' bar-behind' : ''}`}
        style={span(scale, visit.enteredAt, end)}
        title={`${visit.name}: ${duration(end - visit.enteredAt)}`}
      />
      {hasAttempts &&
        visit.attempts.map((attempt, index) => (
          <span
            key={attempt.startedAt}
            className={`bar bar-attempt bar-${attempt.status}`}
            style={span(scale, attempt.startedAt, attempt.endedAt ?? end)}
            title={attemptWords(attempt, index)}
          />
        ))}
    </>
  );
}

function attemptWords({ status, error, startedAt, endedAt }: Attempt, index: number): string {
  const took = endedAt === undefined ? '' : ` in ${duration(endedAt - startedAt)}`;
  return `Attempt ${index + 1}: ${status}${took}${error === undefined ? '' : `, ${error}`}`;
}
