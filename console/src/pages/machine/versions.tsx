/** The published versions of a machine: what each changed, started and deleted; new ones. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteVersion, describeMachine, listVersions, publishVersion } from '../../api/operations.ts';
import type { Machine, VersionItem } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { Button, FormField, Input } from '../../ui/cloudscape.ts';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Failure, Waiting } from '../../ui/failure.tsx';
import { moment, nameOf } from '../../ui/format.ts';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { useRows } from '../../ui/use-rows.ts';
import { StartDialog } from './start.tsx';

export function Versions({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const rows = useRows<VersionItem>(['versions', arn], (nextToken, signal) => listVersions(arn, nextToken, signal));
  const [selected, setSelected] = useState<VersionItem | undefined>(undefined);
  const [dialog, setDialog] = useState<'publish' | 'compare' | 'start' | 'delete' | undefined>(undefined);
  const close = () => setDialog(undefined);
  const version = selected?.stateMachineVersionArn;
  return (
    <>
      <ResourceTable
        title="Versions"
        description="A version is the definition, the role and the configuration of a moment; it never changes."
        rows={rows}
        idOf="stateMachineVersionArn"
        nameOf={({ stateMachineVersionArn }) => `version ${nameOf(stateMachineVersionArn)}`}
        selection={{ selected: selected === undefined ? [] : [selected], onSelect: ([one]) => setSelected(one) }}
        actions={
          <>
            <Button disabled={version === undefined} onClick={() => setDialog('compare')}>
              Compare
            </Button>
            <Button disabled={version === undefined} onClick={() => setDialog('start')}>
              Start execution
            </Button>
            <Button disabled={version === undefined} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setDialog('publish')}>
              Publish version
            </Button>
          </>
        }
        empty={{ words: 'Nothing is published yet.' }}
        columns={[
          { id: 'number', header: 'Version', isRowHeader: true, cell: (item) => nameOf(item.stateMachineVersionArn) },
          { id: 'created', header: 'Published', cell: (item) => moment(item.creationDate) },
        ]}
      />
      {dialog === 'publish' && <Publish machine={machine} onClose={close} />}
      {version !== undefined && dialog === 'compare' && <Compare machine={machine} version={version} onClose={close} />}
      {version !== undefined && dialog === 'start' && <StartDialog machineArn={version} type={machine.type} onClose={close} />}
      {version !== undefined && dialog === 'delete' && (
        <DeleteDialog
          name={`Version ${nameOf(version)}`}
          remove={() => deleteVersion(version)}
          list={['versions', arn]}
          onDeleted={() => setSelected(undefined)}
          onClose={close}
        >
          Its executions that still run go on to their end. Its number is not used again.
        </DeleteDialog>
      )}
    </>
  );
}

function Publish({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const client = useQueryClient();
  const { say } = useNotices();
  const [description, setDescription] = useState('');
  const publish = useMutation({
    mutationFn: () =>
      publishVersion({ stateMachineArn: machine.stateMachineArn, ...(description === '' ? {} : { description }) }),
    onSuccess: ({ stateMachineVersionArn }) => {
      say({ type: 'success', content: `Version ${nameOf(stateMachineVersionArn)} is what ${machine.name} is now.` });
      void client.invalidateQueries({ queryKey: ['versions', machine.stateMachineArn] });
      onClose();
    },
  });
  return (
    <Dialog
      header="Publish version"
      action={{ text: 'Publish', isBusy: publish.isPending, onAct: () => publish.mutate() }}
      refusal={{ header: 'No version was published', error: publish.error }}
      onClose={onClose}
    >
      <FormField label="Description" description="Optional.">
        <Input value={description} ariaLabel="Description" onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </Dialog>
  );
}

function Compare({ machine, version, onClose }: { machine: Machine; version: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: ['machine', version],
    queryFn: ({ signal }) => describeMachine(version, signal),
    staleTime: Infinity,
  });
  return (
    <Dialog size="large" header={`Version ${nameOf(version)} and what is saved now`} onClose={onClose}>
      {query.isError ? (
        <Failure what="version" error={query.error} onRetry={() => void query.refetch()} isPage={false} />
      ) : query.data === undefined ? (
        <Waiting what="the version" />
      ) : (
        <>
          {query.data.description !== undefined && <span>{query.data.description}</span>}
          <DiffView before={query.data.definition} after={machine.definition} label="What changed since" />
        </>
      )}
    </Dialog>
  );
}
