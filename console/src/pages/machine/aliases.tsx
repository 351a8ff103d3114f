/** The aliases of a machine: names that route each start to one of one or two versions, by weight. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createAlias, deleteAlias, listAliases, listVersions, updateAlias } from '../../api/operations.ts';
import type { Alias, Machine, Route } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { useListPace } from '../../live/use-lists.ts';
import { Box, Button, FormField, Header, Input, Modal, Pagination, Select, SpaceBetween, Table } from '../../ui/cloudscape.ts';
import { ConfirmDelete } from '../../ui/confirm-delete.tsx';
import { Failure } from '../../ui/failure.tsx';
import { moment, nameOf } from '../../ui/format.ts';
import { usePages } from '../../ui/use-pages.ts';
import { Refusal } from './editor.tsx';
import { StartDialog } from './start.tsx';

export function Aliases({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const query = useQuery({
    queryKey: ['aliases', arn],
    queryFn: ({ signal }) => listAliases(arn, signal),
    refetchInterval: useListPace(),
  });
  const [selectedArn, setSelected] = useState<string | undefined>(undefined);
  const [dialog, setDialog] = useState<'create' | 'edit' | 'start' | 'delete' | undefined>(undefined);
  const aliases = query.data ?? [];
  const selected = aliases.find(({ stateMachineAliasArn }) => stateMachineAliasArn === selectedArn);
  const pages = usePages(aliases);
  if (query.isError && query.data === undefined) {
    return <Failure what="list of aliases" error={query.error} onRetry={() => void query.refetch()} />;
  }
  const close = () => setDialog(undefined);
  return (
    <>
      <Table
        items={pages.shown}
        trackBy="stateMachineAliasArn"
        selectionType="single"
        ariaLabels={{
          tableLabel: 'Aliases',
          selectionGroupLabel: 'Selected',
          itemSelectionLabel: (_, alias) => `Select ${alias.name}`,
        }}
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0]?.stateMachineAliasArn)}
        loading={query.isPending}
        loadingText="Reading the aliases"
        header={
          <Header
            counter={query.isPending ? '' : `(${aliases.length})`}
            description="Start an alias instead of the machine, and change what it leads to without changing who starts it."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected === undefined} onClick={() => setDialog('start')}>
                  Start execution
                </Button>
                <Button disabled={selected === undefined} onClick={() => setDialog('edit')}>
                  Edit
                </Button>
                <Button disabled={selected === undefined} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                <Button variant="primary" onClick={() => setDialog('create')}>
                  Create alias
                </Button>
              </SpaceBetween>
            }
          >
            Aliases
          </Header>
        }
        pagination={<Pagination {...pages.pagination} />}
        empty={<Box color="text-body-secondary">There are no aliases yet.</Box>}
        columnDefinitions={[
          { id: 'name', header: 'Name', isRowHeader: true, cell: ({ name }) => name },
          { id: 'routes', header: 'Leads to', cell: (alias) => <Routes routes={alias.routingConfiguration} /> },
          { id: 'description', header: 'Description', cell: ({ description }) => description ?? '–' },
          { id: 'updated', header: 'Changed', cell: ({ updateDate }) => moment(updateDate) },
        ]}
      />
      {dialog === 'create' && <AliasDialog machine={machine} onClose={close} />}
      {selected !== undefined && dialog === 'edit' && <AliasDialog machine={machine} alias={selected} onClose={close} />}
      {selected !== undefined && dialog === 'start' && (
        <StartDialog machineArn={selected.stateMachineAliasArn} type={machine.type} onClose={close} />
      )}
      {selected !== undefined && dialog === 'delete' && <Delete alias={selected} machineArn={arn} onClose={close} />}
    </>
  );
}

function Routes({ routes }: { routes: readonly Route[] }) {
  return routes.map(({ stateMachineVersionArn, weight }) => (
    <div key={stateMachineVersionArn} className="route">
      <span className="route-name">version {nameOf(stateMachineVersionArn)}</span>
      <span className="route-weight" style={{ width: `${weight}px` }} />
      {weight} %
    </div>
  ));
}

/** Creates an alias, or changes where one leads. */
function AliasDialog({ machine, alias, onClose }: { machine: Machine; alias?: Alias; onClose: () => void }) {
  const client = useQueryClient();
  const { say } = useNotices();
  const arn = machine.stateMachineArn;
  const [first, second] = alias?.routingConfiguration ?? [];
  const [name, setName] = useState(alias?.name ?? '');
  const [description, setDescription] = useState(alias?.description ?? '');
  const [one, setOne] = useState(first?.stateMachineVersionArn ?? '');
  const [other, setOther] = useState(second?.stateMachineVersionArn ?? '');
  const [share, setShare] = useState(String(second?.weight ?? 10));
  const versions = useQuery({
    queryKey: ['versions', arn, 'first page'],
    queryFn: async ({ signal }) => (await listVersions(arn, undefined, signal)).stateMachineVersions,
  });
  const options = (versions.data ?? []).map(({ stateMachineVersionArn }) => ({
    value: stateMachineVersionArn,
    label: `Version ${nameOf(stateMachineVersionArn)}`,
  }));
  const none = { value: '', label: 'No other version' };
  const weight = other === '' ? 0 : Number(share);
  const isShare = Number.isInteger(weight) && weight >= 0 && weight <= 100;
  const save = useMutation({
    mutationFn: async () => {
      const routes = [{ stateMachineVersionArn: one, weight: 100 - weight }];
      if (other !== '') routes.push({ stateMachineVersionArn: other, weight });
      const described = description === '' && alias?.description === undefined ? {} : { description };
      if (alias === undefined) await createAlias({ name, ...described, routingConfiguration: routes });
      else await updateAlias({ stateMachineAliasArn: alias.stateMachineAliasArn, ...described, routingConfiguration: routes });
    },
    onSuccess: () => {
      say({ type: 'success', content: `${name} is saved. Executions that already run stay with their version.` });
      void client.invalidateQueries({ queryKey: ['aliases', arn] });
      onClose();
    },
  });
  return (
    <Modal
      visible
      header={alias === undefined ? 'Create alias' : `Edit ${alias.name}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={name === '' || one === '' || !isShare} loading={save.isPending} onClick={() => save.mutate()}>
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Refusal header="The alias was not saved" error={save.error} />
        {versions.data?.length === 0 && <Box>An alias leads to a version, and there is none yet: publish one first.</Box>}
        <FormField label="Name">
          <Input value={name} ariaLabel="Name" disabled={alias !== undefined} placeholder="PROD" onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        <FormField label="Description" description="Optional.">
          <Input value={description} ariaLabel="Description" onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
        <FormField label="Leads to">
          <Select
            ariaLabel="Leads to"
            placeholder="Choose a version"
            options={options}
            selectedOption={options.find(({ value }) => value === one) ?? null}
            onChange={({ detail }) => setOne(detail.selectedOption.value ?? '')}
          />
        </FormField>
        <FormField label="And for a share of the starts to">
          <Select
            ariaLabel="Other version"
            options={[none, ...options.filter(({ value }) => value !== one)]}
            selectedOption={options.find(({ value }) => value === other) ?? none}
            onChange={({ detail }) => setOther(detail.selectedOption.value ?? '')}
          />
        </FormField>
        {other !== '' && (
          <FormField label="Share in percent" errorText={isShare ? '' : 'A whole number from 0 to 100'}>
            <Input type="number" value={share} ariaLabel="Share in percent" onChange={({ detail }) => setShare(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}

function Delete({ alias, machineArn, onClose }: { alias: Alias; machineArn: string; onClose: () => void }) {
  const client = useQueryClient();
  const { say, refuse } = useNotices();
  const remove = useMutation({
    mutationFn: () => deleteAlias(alias.stateMachineAliasArn),
    onSuccess: () => {
      say({ type: 'success', content: `${alias.name} is deleted.` });
      void client.invalidateQueries({ queryKey: ['aliases', machineArn] });
    },
    onError: (error) => refuse(`${alias.name} was not deleted`, error),
    onSettled: onClose,
  });
  return (
    <ConfirmDelete name={alias.name} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onClose={onClose}>
      Starts that name it are refused from then on. Its versions stay.
    </ConfirmDelete>
  );
}
