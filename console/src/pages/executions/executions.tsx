/** The executions of all state machines, newest first; what is looked for stands in the address. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { listMachines, searchExecutions } from '../../api/operations.ts';
import type { FoundExecution } from '../../api/types.ts';
import { machineOf, paths } from '../../app/paths.ts';
import { useListPace } from '../../live/use-lists.ts';
import { Box, Button, ButtonDropdown, Header, Pagination, SpaceBetween, Table } from '../../ui/cloudscape.ts';
import { Failure } from '../../ui/failure.tsx';
import { duration, moment, nameOf } from '../../ui/format.ts';
import { ExecutionName, PageLink, useGo } from '../../ui/page-link.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { usePages } from '../../ui/use-pages.ts';
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
  const pace = useListPace();
  const machines = useQuery({
    queryKey: ['machines', 'names'],
    queryFn: async ({ signal }) => (await listMachines(undefined, signal)).stateMachines,
  });
  const query = useInfiniteQuery({
    queryKey: ['search', search],
    queryFn: ({ pageParam, signal }) => searchExecutions(asked(search, Date.now()), pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: pace,
    placeholderData: keepPreviousData,
  });
  const executions = query.data?.pages.flatMap((page) => page.executions) ?? [];
  const pages = usePages(executions, { hasMore: query.hasNextPage, onMore: () => void query.fetchNextPage() });
  // A page of the server ends where it has looked at enough, found or not: it is asked to look on.
  const isShort = query.hasNextPage && executions.length < WANTED && (query.data?.pages.length ?? 0) < LOOKED_ON_MAX;
  const { fetchNextPage, isFetching, isFetchNextPageError } = query;
  const looksOn = isShort && !isFetching && !isFetchNextPageError;
  useEffect(() => {
    if (looksOn) void fetchNextPage();
  }, [looksOn, fetchNextPage]);
  if (query.isError && query.data === undefined) {
    return <Failure what="list of executions" error={query.error} onRetry={() => void query.refetch()} />;
  }
  const running = executions.filter(({ status }) => status === 'RUNNING');
  const chosen = running.filter(({ executionArn }) => selected.some((one) => one.executionArn === executionArn));
  return (
    <>
      <Table
        variant="full-page"
        stickyHeader
        trackBy="executionArn"
        selectionType="multi"
        isItemDisabled={({ status }) => status !== 'RUNNING'}
        ariaLabels={{
          tableLabel: 'Executions',
          selectionGroupLabel: 'Selected',
          allItemsSelectionLabel: () => 'Select all that run',
          itemSelectionLabel: (_, { name }) => `Select ${name}`,
        }}
        selectedItems={chosen}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        items={pages.shown}
        loading={query.isPending || (isShort && executions.length === 0 && !isFetchNextPageError)}
        loadingText="Reading the executions"
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={query.isPending ? '' : `(${executions.length}${query.hasNextPage ? '+' : ''})`}
            description="Of all state machines, newest first."
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
          >
            Executions
          </Header>
        }
        filter={<Filters search={search} machines={machines.data ?? []} onSearch={onSearch} />}
        pagination={<Pagination {...pages.pagination} />}
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <Box color="text-body-secondary">
                {query.hasNextPage
                  ? 'None of those that were looked at is as the filters want it.'
                  : isFiltered(search)
                    ? 'No execution is as the filters want it.'
                    : 'Nothing has been started yet.'}
              </Box>
              {query.hasNextPage ? (
                <Button loading={isFetching} onClick={() => void fetchNextPage()}>
                  Look further back
                </Button>
              ) : isFiltered(search) ? (
                <Button onClick={() => onSearch({})}>Show all</Button>
              ) : (
                <Button onClick={() => go(paths.samples())}>See the samples</Button>
              )}
            </SpaceBetween>
          </Box>
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: (execution) => <ExecutionName execution={execution} />,
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
    yield page.executions.map(({ executionArn }) => executionArn);
    after = page.nextToken;
  } while (after !== undefined);
}
