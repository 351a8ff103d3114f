/** Name, status and figures of an execution, and what can be done with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { memo, useState } from 'react';
import type { ReactNode } from 'react';
import { redriveExecution, startExecution, stopExecution } from '../../api/operations.ts';
import { keysNow } from '../../api/session.ts';
import type { Execution, ExecutionDefinition, HistoryEvent } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { paths } from '../../app/paths.ts';
import { textOfRun } from '../../run/file.ts';
import { Button, ButtonDropdown, FormField, Input } from '../../ui/cloudscape.ts';
import { Copied } from '../../ui/copied.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { duration, moment, nameOf } from '../../ui/format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { PageLink, useGo } from '../../ui/page-link.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { useNow } from '../../ui/use-now.ts';
import { StartDialog } from '../machine/start.tsx';
import { copyAs } from './copy-as.ts';
import type { CopyForm } from './copy-as.ts';

interface ExecutionHeaderProps {
  execution: Execution;
  definition: ExecutionDefinition;
  events: readonly HistoryEvent[];
  machineArn: string;
  /** Read from a file: it can be looked at, and that is all. */
  isFile: boolean;
}

/** Not drawn anew while somebody moves through the past. */
export const ExecutionHeader = memo(function ExecutionHeader({ execution, definition, events, machineArn, isFile }: ExecutionHeaderProps) {
  const [dialog, setDialog] = useState<'redrive' | 'start' | 'stop' | undefined>(undefined);
  const { say, refuse } = useNotices();
  const go = useGo();
  const again = useMutation({
    mutationFn: () => startExecution({ stateMachineArn: machineArn, input: execution.input ?? '{}' }),
    onSuccess: ({ executionArn }) => go(paths.execution(executionArn)),
    onError: (error) => refuse('The execution was not started', error),
  });
  const save = () =>
    saveFile(`${execution.name}.run.json`, 'application/json', textOfRun({ execution, definition, events: [...events] }));
  const copy = async (form: CopyForm) => {
    try {
      await navigator.clipboard.writeText(copyAs(form, machineArn, execution.input ?? '{}', window.location.origin, keysNow()?.region));
      say({ type: 'success', content: 'Copied. It starts an execution with the same input.' });
    } catch (error) {
      refuse('The browser did not let it be copied', error);
    }
  };
  return (
    <>
      <PageHeader
        title={execution.name}
        info={<ExecutionStatusMark status={execution.status} />}
        description={isFile ? 'Read from a file; this server may know nothing of it.' : undefined}
        actions={
          !isFile && (
            <>
              <Button iconName="download" onClick={save}>
                Export
              </Button>
              <ButtonDropdown
                items={[
                  { id: 'cli', text: 'AWS CLI' },
                  { id: 'curl', text: 'curl' },
                  { id: 'boto3', text: 'Python (boto3)' },
                ]}
                onItemClick={({ detail }) => void copy(detail.id as CopyForm)}
              >
                Copy as
              </ButtonDropdown>
              {execution.status === 'RUNNING' && <Button onClick={() => setDialog('stop')}>Stop</Button>}
              {execution.redriveStatus === 'REDRIVABLE' && <Button onClick={() => setDialog('redrive')}>Redrive</Button>}
              <ButtonDropdown
                variant="primary"
                loading={again.isPending}
                mainAction={{ text: 'New execution', onClick: () => setDialog('start') }}
                ariaLabel="More ways to start"
                items={[{ id: 'same', text: 'Start with the same input' }]}
                onItemClick={() => again.mutate()}
              />
            </>
          )
        }
      />
      <div className="facts">
        <Fact label="State machine">
          {isFile ? nameOf(machineArn) : <PageLink to={paths.machine(machineArn)}>{nameOf(machineArn)}</PageLink>}
        </Fact>
        <Fact label="Started">{moment(execution.startDate)}</Fact>
        <Fact label="Duration">
          <Elapsed execution={execution} />
        </Fact>
        {(execution.redriveCount ?? 0) > 0 && <Fact label="Redrives">{execution.redriveCount}</Fact>}
        <Fact label="Events">{events.length.toLocaleString()}</Fact>
        <Copied text={execution.executionArn} shown="ARN" what="the ARN" />
      </div>
      {dialog === 'start' && <StartDialog machineArn={machineArn} type="STANDARD" input={execution.input} onClose={() => setDialog(undefined)} />}
      {dialog === 'redrive' && <RedriveDialog execution={execution} onClose={() => setDialog(undefined)} />}
      {dialog === 'stop' && <StopDialog execution={execution} onClose={() => setDialog(undefined)} />}
    </>
  );
});

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="fact">
      <span className="quiet">{label}</span> {children}
    </span>
  );
}

/** Counts on while the execution runs. */
function Elapsed({ execution: { startDate, stopDate } }: { execution: Execution }) {
  const now = useNow(stopDate === undefined);
  return <>{duration(Math.max(0, (stopDate ?? now) - startDate))}</>;
}

function RedriveDialog({ execution: { executionArn, name }, onClose }: { execution: Execution; onClose: () => void }) {
  const client = useQueryClient();
  const { refuse } = useNotices();
  // Asked for twice by an impatient click, it is redriven once.
  const [clientToken] = useState(() => crypto.randomUUID());
  const redrive = useMutation({
    mutationFn: () => redriveExecution({ executionArn, clientToken }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['execution', executionArn] });
      void client.invalidateQueries({ queryKey: ['history', executionArn] });
    },
    onError: (error) => refuse('The execution was not redriven', error),
    onSettled: onClose,
  });
  return (
    <Dialog
      header={`Redrive ${name}?`}
      action={{ text: 'Redrive execution', isBusy: redrive.isPending, onAct: () => redrive.mutate() }}
      onClose={onClose}
    >
      <span>
        It goes on where it stopped, with the definition and the input that it began with. What has succeeded stays as it is; attempts,
        retries and time limits of the rest begin anew.
      </span>
    </Dialog>
  );
}

function StopDialog({ execution, onClose }: { execution: Execution; onClose: () => void }) {
  const client = useQueryClient();
  const { refuse } = useNotices();
  const [cause, setCause] = useState('');
  const stop = useMutation({
    mutationFn: () => stopExecution({ executionArn: execution.executionArn, ...(cause === '' ? {} : { cause }) }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['execution', execution.executionArn] }),
    onError: (error) => refuse('The execution was not stopped', error),
    onSettled: onClose,
  });
  return (
    <Dialog
      header={`Stop ${execution.name}?`}
      action={{ text: 'Stop execution', isBusy: stop.isPending, onAct: () => stop.mutate() }}
      onClose={onClose}
    >
      <span>What it is doing now is aborted.</span>
      <FormField label="Cause" description="Optional; it stays in the history.">
        <Input value={cause} ariaLabel="Cause" onChange={({ detail }) => setCause(detail.value)} />
      </FormField>
    </Dialog>
  );
}
