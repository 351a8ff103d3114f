/** The published versions of a machine: what each changed, started and deleted; new ones. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteVersion, describeMachine, listVersions, publishVersion } from '../../api/operations.ts';
import type { Machine, VersionItem } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { useListPace } from '../../live/use-lists.ts';
import { Box, Button, FormField, Header, Input, Modal, Pagination, SpaceBetween, Spinner, Table } from '../../ui/cloudscape.ts';
import { ConfirmDelete } from '../../ui/confirm-delete.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Failure } from '../../ui/failure.tsx';
import { moment, nameOf } from '../../ui/format.ts';
import { usePages } from '../../ui/use-pages.ts';
import { Refusal } from './editor.tsx';
import { StartDialog } from './start.tsx';

type Dialog = 'publish' | 'compare' | 'start' | 'delete';

export function Versions({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const query = useInfiniteQuery({
    queryKey: ['versions', arn],
    queryFn: ({ pageParam, signal }) => listVersions(arn, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: useListPace(),
  });
  const [selected, setSelected] = useState<VersionItem | undefined>(undefined);
  const [dialog, setDialog] = useState<Dialog | undefined>(undefined);
  const versions = query.data?.pages.flatMap((page) => page.stateMachineVersions) ?? [];
  const pages = usePages(versions, { hasMore: query.hasNextPage, onMore: () => void query.fetchNextPage() });
  if (query.isError && query.data === undefined) {
    return <Failure what="list of versions" error={query.error} onRetry={() => void query.refetch()} />;
  }
  const close = () => setDialog(undefined);
  const version = selected?.stateMachineVersionArn;
  return (
    <>
      <Table
        items={pages.shown}
        trackBy="stateMachineVersionArn"
        selectionType="single"
        ariaLabels={{
          tableLabel: 'Versions',
          selectionGroupLabel: 'Selected',
          itemSelectionLabel: (_, item) => `Select version ${nameOf(item.stateMachineVersionArn)}`,
        }}
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0])}
        loading={query.isPending}
        loadingText="Reading the versions"
        header={
          <Header
            counter={query.isPending ? '' : `(${versions.length}${query.hasNextPage ? '+' : ''})`}
            description="A version is the definition, the role and the configuration of a moment; it never changes."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
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
              </SpaceBetween>
            }
          >
            Versions
          </Header>
        }
        pagination={<Pagination {...pages.pagination} />}
        empty={<Box color="text-body-secondary">Nothing is published yet.</Box>}
        columnDefinitions={[
          { id: 'number', header: 'Version', isRowHeader: true, cell: (item) => nameOf(item.stateMachineVersionArn) },
          { id: 'created', header: 'Published', cell: (item) => moment(item.creationDate) },
        ]}
      />
      {dialog === 'publish' && <Publish machine={machine} onClose={close} />}
      {version !== undefined && dialog === 'compare' && <Compare machine={machine} version={version} onClose={close} />}
      {version !== undefined && dialog === 'start' && <StartDialog machineArn={version} type={machine.type} onClose={close} />}
      {version !== undefined && dialog === 'delete' && (
        <Delete version={version} machineArn={arn} onClose={close} onDeleted={() => setSelected(undefined)} />
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
    <Modal
      visible
      header="Publish version"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={publish.isPending} onClick={() => publish.mutate()}>
              Publish
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Refusal header="No version was published" error={publish.error} />
        <FormField label="Description" description="Optional.">
          <Input value={description} ariaLabel="Description" onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}

function Compare({ machine, version, onClose }: { machine: Machine; version: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: ['machine', version],
    queryFn: ({ signal }) => describeMachine(version, signal),
    staleTime: Infinity,
  });
  return (
    <Modal visible size="large" header={`Version ${nameOf(version)} and what is saved now`} closeAriaLabel="Close" onDismiss={onClose}>
      {query.isError ? (
        <Failure what="version" error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Spinner />
      ) : (
        <SpaceBetween size="m">
          {query.data.description !== undefined && <span>{query.data.description}</span>}
          <DiffView before={query.data.definition} after={machine.definition} label="What changed since" />
        </SpaceBetween>
      )}
    </Modal>
  );
}

interface DeleteProps {
  version: string;
  machineArn: string;
  onClose: () => void;
  onDeleted: () => void;
}

function Delete({ version, machineArn, onClose, onDeleted }: DeleteProps) {
  const client = useQueryClient();
  const { say, refuse } = useNotices();
  const name = `version ${nameOf(version)}`;
  const remove = useMutation({
    mutationFn: () => deleteVersion(version),
    onSuccess: () => {
      say({ type: 'success', content: `${name.replace('v', 'V')} is deleted.` });
      void client.invalidateQueries({ queryKey: ['versions', machineArn] });
      onDeleted();
    },
    onError: (error) => refuse(`${name.replace('v', 'V')} was not deleted`, error),
    onSettled: onClose,
  });
  return (
    <ConfirmDelete name={name} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onClose={onClose}>
      Its executions that still run go on to their end. Its number is not used again.
    </ConfirmDelete>
  );
}
