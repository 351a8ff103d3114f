/** A list of which only what is seen is in the document; rows may be of any height. */
import '../app/execution.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { ReactNode } from 'react';

interface VirtualRowsProps {
  count: number;
  rowHeight: number;
  label: string;
  head: ReactNode;
  columns: string;
  keyOf: (index: number) => string | number;
  row: (index: number) => { cells: ReactNode; below?: ReactNode; isSelected?: boolean; onClick?: () => void };
  empty: string;
}

export function VirtualRows({ count, rowHeight, label, head, columns, keyOf, row, empty }: VirtualRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    estimateSize: () => rowHeight,
    getScrollElement: () => scroller.current,
    getItemKey: keyOf,
    overscan: 12,
  });
  return (
    <div className="rows" ref={scroller} role="table" aria-label={label} aria-rowcount={count + 1} tabIndex={0}>
      <div className="rows-head" role="row" style={{ gridTemplateColumns: columns }}>
        {head}
      </div>
      {count === 0 && <div className="rows-empty">{empty}</div>}
      <div role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((item) => {
          const { cells, below, isSelected, onClick } = row(item.index);
          return (
            <div
              key={item.key}
              ref={rows.measureElement}
              data-index={item.index}
              className={isSelected ? 'rows-row rows-selected' : 'rows-row'}
              role="row"
              aria-rowindex={item.index + 2}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={onClick}
            >
              <div className="rows-cells" role="presentation" style={{ gridTemplateColumns: columns }}>
                {cells}
              </div>
              {below}
            </div>
          );
        })}
      </div>
    </div>
  );
}
