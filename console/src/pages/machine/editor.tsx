/** Creates or changes a state machine: the text on the left, its picture on the right. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { createMachine, describeMachine } from '../../api/operations.ts';
import type { Machine, MachineType } from '../../api/types.ts';
import { paths } from '../../app/paths.ts';
import { roleIn, SAMPLES } from '../../samples/samples.ts';
import { Button, ContentLayout, FormField, Input, Select, SpaceBetween } from '../../ui/cloudscape.ts';
import { Failure, Refusal, Waiting } from '../../ui/failure.tsx';
import { pretty } from '../../ui/format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { useGo } from '../../ui/page-link.tsx';
import { DefinitionEditor } from './definition-panes.tsx';
import { Trail } from './machine.tsx';
import { SaveDialog } from './save.tsx';
import { StartDialog } from './start.tsx';

const TYPES: { value: MachineType; label: string; description: string }[] = [
  { value: 'STANDARD', label: 'Standard', description: 'Durable, every step in its history' },
  { value: 'EXPRESS', label: 'Express', description: 'Short and many' },
];

export function NewMachinePage({ copyOf }: { copyOf: string | undefined }) {
  const query = useQuery({
    queryKey: ['machine', copyOf],
    queryFn: ({ signal }) => describeMachine(copyOf ?? '', signal),
    enabled: copyOf !== undefined,
  });
  if (copyOf === undefined) return <Create />;
  if (query.isError) return <Failure what="state machine" error={query.error} onRetry={() => void query.refetch()} />;
  return query.data === undefined ? <Waiting what="the state machine" /> : <Create key={copyOf} from={query.data} />;
}

function Create({ from }: { from?: Machine }) {
  const go = useGo();
  const client = useQueryClient();
  const [name, setName] = useState(from === undefined ? '' : `${from.name}-copy`);
  const [roleArn, setRoleArn] = useState(from?.roleArn ?? roleIn('000000000000'));
  const [type, setType] = useState<MachineType>(from?.type ?? 'STANDARD');
  const [initial] = useState(() => pretty(from?.definition ?? SAMPLES[0]?.definition ?? ''));
  const [source, setSource] = useState(initial);
  useUnsaved(source !== initial);
  const create = useMutation({
    mutationFn: () => createMachine({ name, definition: source, roleArn, type }),
    onSuccess: ({ stateMachineArn }) => {
      void client.invalidateQueries({ queryKey: ['machines'] });
      go(paths.machine(stateMachineArn));
    },
  });
  return (
    <>
      <Trail name="Create" />
      <ContentLayout
        header={
          <PageHeader
            title="Create state machine"
            actions={
              <>
                <Button variant="link" onClick={() => go(paths.machines())}>
                  Cancel
                </Button>
                <Button variant="primary" disabled={name === ''} loading={create.isPending} onClick={() => create.mutate()}>
                  Create
                </Button>
              </>
            }
          />
        }
      >
        <SpaceBetween size="m">
          <div className="form-row">
            <FormField label="Name">
              <Input value={name} ariaLabel="Name" placeholder="order-fulfilment" autoFocus onChange={({ detail }) => setName(detail.value)} />
            </FormField>
            <FormField label="Type">
              <Select
                ariaLabel="Type"
                options={TYPES}
                selectedOption={TYPES.find((option) => option.value === type) ?? null}
                onChange={({ detail }) => setType(detail.selectedOption.value as MachineType)}
              />
            </FormField>
            <FormField label="Role ARN">
              <Input value={roleArn} ariaLabel="Role ARN" onChange={({ detail }) => setRoleArn(detail.value)} />
            </FormField>
          </div>
          <Refusal header="The state machine was not created" error={create.error} />
          <DefinitionEditor source={source} type={type} onChange={setSource} height="calc(100vh - 330px)" />
        </SpaceBetween>
      </ContentLayout>
    </>
  );
}

export function EditMachinePage({ arn }: { arn: string }) {
  const query = useQuery({
    queryKey: ['machine', arn],
    queryFn: ({ signal }) => describeMachine(arn, signal),
    // What somebody is typing on must not be read again under their hands.
    refetchOnWindowFocus: false,
  });
  if (query.isError) return <Failure what="state machine" error={query.error} onRetry={() => void query.refetch()} />;
  return query.data === undefined ? <Waiting what="the state machine" /> : <Edit key={arn} machine={query.data} />;
}

function Edit({ machine }: { machine: Machine }) {
  const go = useGo();
  const arn = machine.stateMachineArn;
  const [saved, setSaved] = useState(machine.definition);
  const [source, setSource] = useState(machine.definition);
  const [dialog, setDialog] = useState<'save' | 'start' | undefined>(undefined);
  const isChanged = source !== saved;
  useUnsaved(isChanged);
  return (
    <>
      <Trail name={machine.name} href={paths.machine(arn)} last="Edit" />
      <ContentLayout
        header={
          <PageHeader
            title={`Edit ${machine.name}`}
            actions={
              <>
                <Button disabled={!isChanged} onClick={() => setSource(saved)}>
                  Undo all
                </Button>
                <Button onClick={() => setSource(pretty(source))}>Format</Button>
                <Button onClick={() => go(paths.testState({ machine: arn }))}>Test a state</Button>
                <Button disabled={isChanged} onClick={() => setDialog('start')}>
                  Start execution
                </Button>
                <Button variant="primary" disabled={!isChanged} onClick={() => setDialog('save')}>
                  Save
                </Button>
              </>
            }
          />
        }
      >
        <DefinitionEditor source={source} type={machine.type} onChange={setSource} height="calc(100vh - 190px)" />
      </ContentLayout>
      {dialog === 'save' && (
        <SaveDialog machine={machine} before={saved} after={source} onSaved={() => setSaved(source)} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'start' && <StartDialog machineArn={arn} type={machine.type} onClose={() => setDialog(undefined)} />}
    </>
  );
}

/** The browser asks before it leaves what has not been saved. */
function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isUnsaved]);
}
