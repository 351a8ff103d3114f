/** All state machines; on a fresh server, the ways to begin. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { readOverview } from '../api/extras.ts';
import { deleteMachine, listMachines } from '../api/operations.ts';
import type { MachineCounts, MachineItem } from '../api/types.ts';
import { paths } from '../app/paths.ts';
import { Button } from '../ui/cloudscape.ts';
import { DeleteDialog } from '../ui/delete-dialog.tsx';
import { moment, words } from '../ui/format.ts';
import { PageLink, useGo } from '../ui/page-link.tsx';
import { ResourceTable } from '../ui/resource-table.tsx';
import { useRows } from '../ui/use-rows.ts';
import { FirstRun } from './first-run.tsx';
import { StartDialog } from './machine/start.tsx';
import { Recent } from './overview/bars.tsx';

/** Hours of the overview that the figures are of. */
const DAY = 24;

export function MachinesPage() {
  const go = useGo();
  const rows = useRows<MachineItem>(['machines'], listMachines);
  const [selected, setSelected] = useState<MachineItem | undefined>(undefined);
  const [dialog, setDialog] = useState<'start' | 'delete' | undefined>(undefined);
  const overview = useQuery({
    queryKey: ['overview', DAY],
    queryFn: ({ signal }) => readOverview(DAY, signal),
    placeholderData: keepPreviousData,
  });
  const countsOf = (arn: string) => overview.data?.machines.find(({ stateMachineArn }) => stateMachineArn === arn);
  if (!rows.isPending && rows.error === null && rows.items.length === 0) return <FirstRun />;
  const arn = selected?.stateMachineArn ?? '';
  return (
    <>
      <ResourceTable
        isPage
        title="State machines"
        rows={rows}
        idOf="stateMachineArn"
        nameOf={({ name }) => name}
        findsByName
        selection={{ selected: selected === undefined ? [] : [selected], onSelect: ([one]) => setSelected(one) }}
        actions={
          <>
            <Button disabled={selected === undefined} onClick={() => setDialog('start')}>
              Start execution
            </Button>
            <Button disabled={selected === undefined} onClick={() => go(paths.editMachine(arn))}>
              Edit
            </Button>
            <Button disabled={selected === undefined} onClick={() => go(paths.newMachine(arn))}>
              Copy
            </Button>
            <Button disabled={selected === undefined} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => go(paths.newMachine())}>
              Create state machine
            </Button>
          </>
        }
        empty={{ words: 'There are no state machines yet.' }}
        columns={[
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
          { id: 'failed', header: 'Failed today', cell: ({ stateMachineArn }) => rate(countsOf(stateMachineArn)) },
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

function rate(counts: MachineCounts | undefined): string {
  return counts === undefined ? '–' : `${counts.failed.toLocaleString()} of ${counts.started.toLocaleString()}`;
}

export function DeleteMachine({ machine, onClose, onDeleted }: { machine: MachineItem; onClose: () => void; onDeleted: () => void }) {
  return (
    <DeleteDialog
      name={machine.name}
      remove={() => deleteMachine(machine.stateMachineArn)}
      list={['machines']}
      onDeleted={onDeleted}
      onClose={onClose}
    >
      {machine.type === 'EXPRESS' ? 'Its executions that still run go on to their end.' : 'Its executions that still run are stopped.'} Nothing new
      can be started.
    </DeleteDialog>
  );
}
