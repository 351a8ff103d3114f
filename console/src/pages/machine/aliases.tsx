/** The aliases of a machine: names that route each start to one of one or two versions, by weight. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createAlias, deleteAlias, listAliases, listVersions, updateAlias } from '../../api/operations.ts';
import type { Alias, Machine, Route } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { Box, Button, FormField, Input, Select } from '../../ui/cloudscape.ts';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { moment, nameOf } from '../../ui/format.ts';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { useRows } from '../../ui/use-rows.ts';
import { StartDialog } from './start.tsx';

export function Aliases({ machine }: { machine: Machine }) {
  const arn = machine.stateMachineArn;
  const rows = useRows<Alias>(['aliases', arn], async (_, signal) => ({ items: await listAliases(arn, signal) }));
  const [selectedArn, setSelected] = useState<string | undefined>(undefined);
  const [dialog, setDialog] = useState<'create' | 'edit' | 'start' | 'delete' | undefined>(undefined);
  const selected = rows.items.find(({ stateMachineAliasArn }) => stateMachineAliasArn === selectedArn);
  const close = () => setDialog(undefined);
  return (
    <>
      <ResourceTable
        title="Aliases"
        description="Start an alias instead of the machine, and change what it leads to without changing who starts it."
        rows={rows}
        idOf="stateMachineAliasArn"
        nameOf={({ name }) => name}
        selection={{
          selected: selected === undefined ? [] : [selected],
          onSelect: ([one]) => setSelected(one?.stateMachineAliasArn),
        }}
        actions={
          <>
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
          </>
        }
        empty={{ words: 'There are no aliases yet.' }}
        columns={[
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
      {selected !== undefined && dialog === 'delete' && (
        <DeleteDialog
          name={selected.name}
          remove={() => deleteAlias(selected.stateMachineAliasArn)}
          list={['aliases', arn]}
          onClose={close}
        >
          Starts that name it are refused from then on. Its versions stay.
        </DeleteDialog>
      )}
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
    queryFn: async ({ signal }) => (await listVersions(arn, undefined, signal)).items,
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
    <Dialog
      header={alias === undefined ? 'Create alias' : `Edit ${alias.name}`}
      action={{
        text: 'Save',
        isBusy: save.isPending,
        isReady: name !== '' && one !== '' && isShare,
        onAct: () => save.mutate(),
      }}
      refusal={{ header: 'The alias was not saved', error: save.error }}
      onClose={onClose}
    >
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
    </Dialog>
  );
}
