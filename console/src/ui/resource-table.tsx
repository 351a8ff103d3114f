/**
 * A list of things as a table: counted, filtered, refreshed and paged, with what can be done above it, and
 * with words where there is nothing. Pages bring columns, actions and dialogs.
 */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Header, Pagination, Table, TextFilter } from './cloudscape.ts';
import type { TableProps } from './cloudscape.ts';
import { EmptyState } from './empty-state.tsx';
import { Failure } from './failure.tsx';
import type { Rows } from './use-rows.ts';

/** LIMIT: rows of a table; above it a browser gets slow. */
const PAGE = 50;

interface ResourceTableProps<Item> {
  /** `State machines`; it heads the page, or a part of one. */
  title: string;
  isPage?: boolean;
  description?: string;
  rows: Rows<Item>;
  /** The member that tells items apart. */
  idOf: keyof Item & string;
  nameOf: (item: Item) => string;
  /** Looks for a part of the name in what is there. */
  findsByName?: boolean;
  /** Beside or instead of the name; `isFiltered` says whether it leaves anything out, `onShowAll` undoes it. */
  filter?: ReactNode;
  isFiltered?: boolean;
  onShowAll?: () => void;
  selection?: Selection<Item>;
  actions?: ReactNode;
  columns: TableProps.ColumnDefinition<Item>[];
  /** What to say and do where there is nothing at all. */
  empty: { words: string; action?: ReactNode };
}

interface Selection<Item> {
  selected: Item[];
  onSelect: (items: Item[]) => void;
  /** Several at once, of those that this is true of. */
  isSelectable?: (item: Item) => boolean;
}

export function ResourceTable<Item>(props: ResourceTableProps<Item>) {
  const { title, isPage = false, rows, nameOf, findsByName = false, selection } = props;
  const [text, setText] = useState('');
  const [wanted, setPage] = useState(1);
  if (rows.error !== null) return <Failure what={`list of ${title.toLowerCase()}`} error={rows.error} onRetry={rows.refresh} isPage={isPage} />;
  const found = rows.items.filter((item) => nameOf(item).toLowerCase().includes(text.toLowerCase()));
  const count = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(wanted, count);
  const turn = (next: number) => {
    if (next >= count && rows.hasMore) rows.more();
    setPage(next);
  };
  const showAll = () => {
    setText('');
    props.onShowAll?.();
  };
  const isFiltered = text !== '' || props.isFiltered === true;
  return (
    <Table
      {...(isPage ? { variant: 'full-page' as const, stickyHeader: true } : {})}
      trackBy={props.idOf}
      {...(selection === undefined ? { ariaLabels: { tableLabel: title } } : selecting(title, selection, nameOf))}
      items={found.slice((page - 1) * PAGE, page * PAGE)}
      loading={rows.isPending}
      loadingText={`Reading the ${title.toLowerCase()}`}
      header={
        <Header
          variant={isPage ? 'awsui-h1-sticky' : 'h2'}
          counter={rows.isPending ? '' : `(${rows.items.length.toLocaleString()}${rows.hasMore ? '+' : ''})`}
          {...(props.description === undefined ? {} : { description: props.description })}
          actions={
            <div className="page-actions">
              <Button iconName="refresh" ariaLabel={`Read the ${title.toLowerCase()} again`} onClick={rows.refresh} />
              {props.actions}
            </div>
          }
        >
          {title}
        </Header>
      }
      filter={
        (findsByName || props.filter !== undefined) && (
          <div className="filters">
            {findsByName && (
              <TextFilter
                filteringText={text}
                filteringPlaceholder="Find by name"
                filteringAriaLabel={`Find ${title.toLowerCase()} by name`}
                countText={text === '' ? '' : `${found.length} found`}
                onChange={({ detail }) => setText(detail.filteringText)}
              />
            )}
            {props.filter}
          </div>
        )
      }
      pagination={
        (count > 1 || rows.hasMore) && (
          <Pagination currentPageIndex={page} pagesCount={count} openEnd={rows.hasMore} onChange={({ detail }) => turn(detail.currentPageIndex)} />
        )
      }
      empty={
        isFiltered ? (
          <EmptyState action={<Button onClick={showAll}>Show all</Button>}>Nothing here is as the filter wants it.</EmptyState>
        ) : (
          <EmptyState action={props.empty.action}>{props.empty.words}</EmptyState>
        )
      }
      columnDefinitions={props.columns}
    />
  );
}

function selecting<Item>(title: string, { selected, onSelect, isSelectable }: Selection<Item>, nameOf: (item: Item) => string) {
  return {
    selectionType: isSelectable === undefined ? ('single' as const) : ('multi' as const),
    ...(isSelectable === undefined ? {} : { isItemDisabled: (item: Item) => !isSelectable(item) }),
    selectedItems: selected,
    onSelectionChange: ({ detail }: { detail: { selectedItems: Item[] } }) => onSelect(detail.selectedItems),
    ariaLabels: {
      tableLabel: title,
      selectionGroupLabel: 'Selected',
      allItemsSelectionLabel: () => 'Select all',
      itemSelectionLabel: (_: unknown, item: Item) => `Select ${nameOf(item)}`,
    },
  };
}
