/** The executions of a machine, newest first, live. */
import { listExecutions } from '../../api/operations.ts';
import { EXECUTION_STATUSES } from '../../api/types.ts';
import type { ExecutionItem, ExecutionStatus } from '../../api/types.ts';
import { Button, Select } from '../../ui/cloudscape.ts';
import { duration, moment, words } from '../../ui/format.ts';
import { ExecutionName } from '../../ui/page-link.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { useRows } from '../../ui/use-rows.ts';

interface ExecutionsTableProps {
  machineArn: string;
  status: ExecutionStatus | undefined;
  onStatus: (status: ExecutionStatus | undefined) => void;
  onStart: () => void;
}

const ALL = { value: '', label: 'All statuses' };
const STATUS_OPTIONS = [ALL, ...EXECUTION_STATUSES.map((status) => ({ value: status, label: words(status) }))];

export function ExecutionsTable({ machineArn, status, onStatus, onStart }: ExecutionsTableProps) {
  const rows = useRows<ExecutionItem>(['executions', machineArn, status], (nextToken, signal) =>
    listExecutions({ stateMachineArn: machineArn, statusFilter: status, nextToken }, signal),
  );
  return (
    <ResourceTable
      title="Executions"
      rows={rows}
      idOf="executionArn"
      nameOf={({ name }) => name}
      findsByName
      filter={
        <Select
          ariaLabel="Status"
          options={STATUS_OPTIONS}
          selectedOption={STATUS_OPTIONS.find((option) => option.value === status) ?? ALL}
          onChange={({ detail }) => onStatus(EXECUTION_STATUSES.find((known) => known === detail.selectedOption.value))}
        />
      }
      isFiltered={status !== undefined}
      onShowAll={() => onStatus(undefined)}
      empty={{ words: 'Nothing has been started yet.', action: <Button onClick={onStart}>Start execution</Button> }}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, cell: (execution) => <ExecutionName execution={execution} /> },
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
