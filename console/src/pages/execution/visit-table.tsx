/** The states of a run as a table: one row per visit, those inside a state below it. */
import { useMemo } from 'react';
import type { Run, Visit } from '../../run/run.ts';
import { duration } from '../../ui/format.ts';
import { StateStatusMark } from '../../ui/status.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { treeOf } from './tree.ts';

export interface VisitRowsProps {
  run: Run;
  selected: Visit | undefined;
  onSelect: (visit: Visit) => void;
}

const COLUMNS = 'minmax(150px, 2fr) 66px 140px 68px 72px 72px';

export function VisitTable({ run, selected, onSelect }: VisitRowsProps) {
  const visits = useMemo(() => treeOf(run), [run]);
  return (
    <VirtualRows
      count={visits.length}
      rowHeight={37}
      label="States"
      columns={COLUMNS}
      keyOf={(index) => visits[index]?.id ?? index}
      empty="No state has been entered yet."
      head={['State', 'Type', 'Status', 'Attempts', 'After', 'Duration'].map((title) => (
        <div role="columnheader" key={title}>
          {title}
        </div>
      ))}
      row={(index) => {
        const visit = visits[index];
        if (visit === undefined) return { cells: null };
        return {
          isSelected: visit === selected,
          onClick: () => onSelect(visit),
          cells: (
            <>
              <VisitName visit={visit} onSelect={onSelect} />
              <div role="cell">{visit.type}</div>
              <div role="cell">
                <StateStatusMark status={visit.status} />
              </div>
              <div role="cell">{visit.attempts.length > 1 ? visit.attempts.length : ''}</div>
              <div role="cell">{duration(visit.enteredAt - (run.startedAt ?? visit.enteredAt))}</div>
              <div role="cell">{duration(visit.exitedAt === undefined ? undefined : visit.exitedAt - visit.enteredAt)}</div>
            </>
          ),
        };
      }}
    />
  );
}

export function VisitName({ visit, onSelect }: { visit: Visit; onSelect: (visit: Visit) => void }) {
  return (
    <div role="cell" className="visit-name" style={{ paddingLeft: visit.depth * 18 }}>
      {visit.iteration !== undefined && <span className="visit-item">{visit.iteration}</span>}
      <button
        type="button"
        className="visit-link"
        title={visit.name}
        onClick={(event) => {
          event.stopPropagation();
          onSelect(visit);
        }}
      >
        {visit.name}
      </button>
    </div>
  );
}
