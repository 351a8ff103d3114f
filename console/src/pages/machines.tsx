/** All state machines; on a fresh server, the ways to begin. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteMachine, listMachines, readOverview } from '../api/operations.ts';
import type { MachineCounts, MachineItem } from '../api/types.ts';
import { useNotices } from '../app/notices.tsx';
import { paths } from '../app/paths.ts';
import { useListPace } from '../live/use-lists.ts';
import { Box, Button, Header, Pagination, SpaceBetween, Table, TextFilter } from '../ui/cloudscape.ts';
import { ConfirmDelete } from '../ui/confirm-delete.tsx';
import { Failure } from '../ui/failure.tsx';
import { moment, words } from '../ui/format.ts';
import { PageLink, useGo } from '../ui/page-link.tsx';
import { usePages } from '../ui/use-pages.ts';
import { FirstRun } from './first-run.tsx';
import { StartDialog } from './machine/start.tsx';
import { Recent } from './overview/bars.tsx';

export function MachinesPage() {
  const query = useInfiniteQuery({
    queryKey: ['machines'],
    queryFn: ({ pageParam, signal }) => listMachines(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: useListPace(),
  });
  const machines = query.data?.pages.flatMap((page) => page.stateMachines) ?? [];
  const isFresh = query.isSuccess && machines.length === 0;
  if (query.isError && query.data === undefined) {
    return <Failure what="list of state machines" error={query.error} onRetry={() => void query.refetch()} />;
  }
  return isFresh ? (
    <FirstRun />
  ) : (
    <MachineTable
      machines={machines}
      isLoading={query.isPending}
      hasMore={query.hasNextPage}
      onMore={() => void query.fetchNextPage()}
    />
  );
}

interface TableProps {
  machines: MachineItem[];
  isLoading: boolean;
  hasMore: boolean;
  onMore: () => void;
}

function MachineTable({ machines, isLoading, hasMore, onMore }: TableProps) {
  const go = useGo();
  const [selected, setSelected] = useState<MachineItem | undefined>(undefined);
  const [text, setText] = useState('');
  const [dialog, setDialog] = useState<'start' | 'delete' | undefined>(undefined);
  const found = machines.filter((machine) => machine.name.toLowerCase().includes(text.toLowerCase()));
  const pages = usePages(found, { hasMore, onMore });
  const overview = useQuery({
    queryKey: ['overview', DAY],
    queryFn: ({ signal }) => readOverview(DAY, signal),
    placeholderData: keepPreviousData,
  });
  const countsOf = (arn: string) => overview.data?.machines.find(({ stateMachineArn }) => stateMachineArn === arn);
  return (
    <>
      <Table
        variant="full-page"
        stickyHeader
        trackBy="stateMachineArn"
        selectionType="single"
        ariaLabels={{
          tableLabel: 'State machines',
          selectionGroupLabel: 'Selected',
          itemSelectionLabel: (_, machine) => `Select ${machine.name}`,
        }}
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0])}
        items={pages.shown}
        loading={isLoading}
        loadingText="Reading the state machines"
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={isLoading ? '' : `(${machines.length}${hasMore ? '+' : ''})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected === undefined} onClick={() => setDialog('start')}>
                  Start execution
                </Button>
                <Button disabled={selected === undefined} onClick={() => selected && go(paths.editMachine(selected.stateMachineArn))}>
                  Edit
                </Button>
                <Button disabled={selected === undefined} onClick={() => selected && go(paths.newMachine(selected.stateMachineArn))}>
                  Copy
                </Button>
                <Button disabled={selected === undefined} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                <Button variant="primary" onClick={() => go(paths.newMachine())}>
                  Create state machine
                </Button>
              </SpaceBetween>
            }
          >
            State machines
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by name"
            filteringAriaLabel="Find state machines by name"
            countText={text === '' ? '' : `${found.length} found`}
            onChange={({ detail }) => setText(detail.filteringText)}
          />
        }
        pagination={<Pagination {...pages.pagination} />}
        empty={
          <Box textAlign="center" padding="l">
            No state machine has <b>{text}</b> in its name. <Button onClick={() => setText('')}>Show all</Button>
          </Box>
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: (machine) => <PageLink to={paths.machine(machine.stateMachineArn)}>{machine.name}</PageLink>,
          },
          { id: 'type', header: 'Type', cell: (machine) => words(machine.type) },
          {
            id: 'recent',
            header: 'Last runs',
            cell: ({ stateMachineArn }) => <Recent statuses={countsOf(stateMachineArn)?.recent ?? []} />,
          },
          {
            id: 'failed',
            header: 'Failed today',
            cell: ({ stateMachineArn }) => rate(countsOf(stateMachineArn)),
          },
          { id: 'created', header: 'Created', cell: (machine) => moment(machine.creationDate) },
        ]}
      />
      {selected !== undefined && dialog === 'start' && (
        <StartDialog machineArn={selected.stateMachineArn} type={selected.type} onClose={() => setDialog(undefined)} />
      )}
      {selected !== undefined && dialog === 'delete' && (
        <DeleteMachine machine={selected} onClose={() => setDialog(undefined)} onDeleted={() => setSelected(undefined)} />
      )}
    </>
  );
}

/** Hours of the overview that the figures are of. */
const DAY = 24;

function rate(counts: MachineCounts | undefined): string {
  return counts === undefined ? '–' : `${counts.failed.toLocaleString()} of ${counts.started.toLocaleString()}`;
}

export function DeleteMachine({ machine, onClose, onDeleted }: { machine: MachineItem; onClose: () => void; onDeleted: () => void }) {
  const client = useQueryClient();
  const { say, refuse } = useNotices();
  const remove = useMutation({
    mutationFn: () => deleteMachine(machine.stateMachineArn),
    onSuccess: () => {
      say({ type: 'success', content: `${machine.name} is deleted.` });
      void client.invalidateQueries({ queryKey: ['machines'] });
      onDeleted();
    },
    onError: (error) => refuse(`${machine.name} was not deleted`, error),
    onSettled: onClose,
  });
  return (
    <ConfirmDelete name={machine.name} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onClose={onClose}>
      {machine.type === 'EXPRESS' ? 'Its executions that still run go on to their end.' : 'Its executions that still run are stopped.'} Nothing new
      can be started.
    </ConfirmDelete>
  );
}
