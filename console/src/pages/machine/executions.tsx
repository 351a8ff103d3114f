/** The executions of a machine, newest first, live. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listExecutions } from '../../api/operations.ts';
import { EXECUTION_STATUSES } from '../../api/types.ts';
import type { ExecutionStatus } from '../../api/types.ts';
import { useListPace } from '../../live/use-lists.ts';
import { Box, Button, Header, Pagination, Select, SpaceBetween, Table, TextFilter } from '../../ui/cloudscape.ts';
import { Failure } from '../../ui/failure.tsx';
import { duration, moment, words } from '../../ui/format.ts';
import { ExecutionName } from '../../ui/page-link.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { usePages } from '../../ui/use-pages.ts';

interface ExecutionsTableProps {
  machineArn: string;
  status: ExecutionStatus | undefined;
  onStatus: (status: ExecutionStatus | undefined) => void;
  onStart: () => void;
}

const ALL = { value: '', label: 'All statuses' };
const STATUS_OPTIONS = [ALL, ...EXECUTION_STATUSES.map((status) => ({ value: status, label: words(status) }))];

export function ExecutionsTable({ machineArn, status, onStatus, onStart }: ExecutionsTableProps) {
  const [text, setText] = useState('');
  const query = useInfiniteQuery({
    queryKey: ['executions', machineArn, status],
    queryFn: ({ pageParam, signal }) =>
      listExecutions({ stateMachineArn: machineArn, statusFilter: status, nextToken: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: useListPace(),
  });
  const executions = query.data?.pages.flatMap((page) => page.executions) ?? [];
  const found = executions.filter((execution) => execution.name.includes(text));
  const pages = usePages(found, { hasMore: query.hasNextPage, onMore: () => void query.fetchNextPage() });
  if (query.isError && query.data === undefined) {
    return <Failure what="list of executions" error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <Table
      items={pages.shown}
      trackBy="executionArn"
      loading={query.isPending}
      loadingText="Reading the executions"
      header={
        <Header counter={query.isPending ? '' : `(${executions.length}${query.hasNextPage ? '+' : ''})`}>Executions</Header>
      }
      filter={
        <div className="filters">
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by name"
            filteringAriaLabel="Find executions by name"
            countText={text === '' ? '' : `${found.length} found`}
            onChange={({ detail }) => setText(detail.filteringText)}
          />
          <Select
            ariaLabel="Status"
            options={STATUS_OPTIONS}
            selectedOption={STATUS_OPTIONS.find((option) => option.value === status) ?? ALL}
            onChange={({ detail }) => onStatus(EXECUTION_STATUSES.find((known) => known === detail.selectedOption.value))}
          />
        </div>
      }
      pagination={<Pagination {...pages.pagination} />}
      empty={
        <Empty isFiltered={text !== '' || status !== undefined} onStart={onStart} onClear={() => (setText(''), onStatus(undefined))} />
      }
      columnDefinitions={[
        {
          id: 'name',
          header: 'Name',
          isRowHeader: true,
          cell: (execution) => <ExecutionName execution={execution} />,
        },
        { id: 'status', header: 'Status', cell: (execution) => <ExecutionStatusMark status={execution.status} /> },
        { id: 'started', header: 'Started', cell: (execution) => moment(execution.startDate) },
        {
          id: 'duration',
          header: 'Duration',
          cell: ({ startDate, stopDate }) => duration(stopDate === undefined ? undefined : stopDate - startDate),
        },
      ]}
    />
  );
}

function Empty({ isFiltered, onStart, onClear }: { isFiltered: boolean; onStart: () => void; onClear: () => void }) {
  return (
    <Box textAlign="center" padding="m">
      <SpaceBetween size="s">
        <Box color="text-body-secondary">
          {isFiltered ? 'No execution is as the filter wants it.' : 'Nothing has been started yet.'}
        </Box>
        {isFiltered ? <Button onClick={onClear}>Show all</Button> : <Button onClick={onStart}>Start execution</Button>}
      </SpaceBetween>
    </Box>
  );
}
