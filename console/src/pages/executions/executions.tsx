/** The executions of all state machines, newest first; what is looked for stands in the address. */
import { useEffect, useState } from 'react';
import { searchExecutions } from '../../api/extras.ts';
import type { FoundExecution } from '../../api/types.ts';
import { machineOf, paths } from '../../app/paths.ts';
import { Button, ButtonDropdown } from '../../ui/cloudscape.ts';
import { duration, moment, nameOf } from '../../ui/format.ts';
import { ExecutionName, PageLink, useGo } from '../../ui/page-link.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { useMachines, useRows } from '../../ui/use-rows.ts';
import type { Rows } from '../../ui/use-rows.ts';
import { Filters } from './filters.tsx';
import { asked, isFiltered } from './search.ts';
import type { ExecutionsSearch } from './search.ts';
import { StopMany } from './stop-many.tsx';

/** Rows that a page wants to have before it stops looking. */
const WANTED = 50;
/** LIMIT: answers of the server that are asked for without anybody asking to look on. */
const LOOKED_ON_MAX = 10;

interface ExecutionsPageProps {
  search: ExecutionsSearch;
  onSearch: (search: ExecutionsSearch) => void;
}

export function ExecutionsPage({ search, onSearch }: ExecutionsPageProps) {
  const go = useGo();
  const [selected, setSelected] = useState<FoundExecution[]>([]);
  const [dialog, setDialog] = useState<'selected' | 'matching' | undefined>(undefined);
  const machines = useMachines();
  const rows = useFilled(
    useRows<FoundExecution>(['search', search], (after, signal) => searchExecutions(asked(search, Date.now()), after, signal)),
  );
  const running = rows.items.filter(({ status }) => status === 'RUNNING');
  const chosen = running.filter(({ executionArn }) => selected.some((one) => one.executionArn === executionArn));
  return (
    <>
      <ResourceTable
        isPage
        title="Executions"
        description="Of all state machines, newest first."
        rows={rows}
        idOf="executionArn"
        nameOf={({ name }) => name}
        selection={{ selected: chosen, onSelect: setSelected, isSelectable: ({ status }) => status === 'RUNNING' }}
        actions={
          <ButtonDropdown
            disabled={running.length === 0}
            items={[
              { id: 'selected', text: `Stop the ${chosen.length} selected`, disabled: chosen.length === 0 },
              { id: 'matching', text: isFiltered(search) ? 'Stop all that match and run' : 'Stop all that run' },
            ]}
            onItemClick={({ detail }) => setDialog(detail.id as 'selected' | 'matching')}
          >
            Stop
          </ButtonDropdown>
        }
        filter={<Filters search={search} machines={machines} onSearch={onSearch} />}
        isFiltered={isFiltered(search) && !rows.hasMore}
        onShowAll={() => onSearch({})}
        empty={
          rows.hasMore
            ? {
                words: 'None of those that were looked at is as the filters want it.',
                action: (
                  <Button loading={rows.isFetching} onClick={rows.more}>
                    Look further back
                  </Button>
                ),
              }
            : { words: 'Nothing has been started yet.', action: <Button onClick={() => go(paths.samples())}>See the samples</Button> }
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: (execution) => <ExecutionName execution={execution} isShort />,
          },
          {
            id: 'machine',
            header: 'State machine',
            cell: ({ executionArn }) => (
              <PageLink to={paths.machine(machineOf(executionArn))}>{nameOf(machineOf(executionArn))}</PageLink>
            ),
          },
          { id: 'status', header: 'Status', cell: ({ status }) => <ExecutionStatusMark status={status} /> },
          { id: 'error', header: 'Error', cell: (execution) => <ErrorOf execution={execution} /> },
          { id: 'started', header: 'Started', cell: ({ startDate }) => moment(startDate) },
          {
            id: 'duration',
            header: 'Duration',
            cell: ({ startDate, stopDate }) => duration(stopDate === undefined ? undefined : stopDate - startDate),
          },
        ]}
      />
      {dialog === 'selected' && (
        <StopMany
          count={`${chosen.length} ${chosen.length === 1 ? 'execution' : 'executions'}`}
          find={async function* () {
            yield chosen.map(({ executionArn }) => executionArn);
          }}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === 'matching' && (
        <StopMany
          count={isFiltered(search) ? 'all running executions that match' : 'all running executions'}
          find={() => matching(search)}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}

/** A page of the server ends where it has looked at enough, found or not: it is asked to look on. */
function useFilled(rows: Rows<FoundExecution>): Rows<FoundExecution> {
  const { items, hasMore, parts, isFetching, moreError, more } = rows;
  const isShort = hasMore && items.length < WANTED && parts < LOOKED_ON_MAX && moreError === null;
  const looksOn = isShort && !isFetching;
  useEffect(() => {
    if (looksOn) more();
  });
  return { ...rows, isPending: rows.isPending || (isShort && items.length === 0) };
}

function ErrorOf({ execution: { error, cause } }: { execution: FoundExecution }) {
  if (error === undefined && cause === undefined) return null;
  return (
    <span className="error-of" title={cause ?? ''}>
      {error ?? cause}
    </span>
  );
}

/** All running executions that a search finds, page by page. */
async function* matching(search: ExecutionsSearch): AsyncGenerator<string[]> {
  const wanted = asked({ ...search, status: 'RUNNING' }, Date.now());
  if (search.status !== undefined && search.status !== 'RUNNING') return;
  let after: string | undefined;
  do {
    const page = await searchExecutions(wanted, after);
    yield page.items.map(({ executionArn }) => executionArn);
    after = page.nextToken;
  } while (after !== undefined);
}
