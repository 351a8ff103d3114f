/** Shows what a change changes before it is saved, and publishes a version with it when that is wanted. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { updateMachine } from '../../api/operations.ts';
import type { Machine } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { Checkbox, FormField, Input } from '../../ui/cloudscape.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { nameOf } from '../../ui/format.ts';

interface SaveDialogProps {
  machine: Machine;
  before: string;
  after: string;
  onSaved: () => void;
  onClose: () => void;
}

export function SaveDialog({ machine, before, after, onSaved, onClose }: SaveDialogProps) {
  const client = useQueryClient();
  const { say } = useNotices();
  const [publishes, setPublishes] = useState(false);
  const [description, setDescription] = useState('');
  const arn = machine.stateMachineArn;
  const save = useMutation({
    mutationFn: () =>
      updateMachine({
        stateMachineArn: arn,
        definition: after,
        ...(publishes ? { publish: true, ...(description === '' ? {} : { versionDescription: description }) } : {}),
      }),
    onSuccess: ({ stateMachineVersionArn }) => {
      const version = stateMachineVersionArn === undefined ? '' : ` as version ${nameOf(stateMachineVersionArn)}`;
      say({
        type: 'success',
        content: `${machine.name} is saved${version}. Executions that already run keep the definition they began with.`,
      });
      for (const key of ['machine', 'versions']) void client.invalidateQueries({ queryKey: [key, arn] });
      onSaved();
      onClose();
    },
  });
  return (
    <Dialog
      size="large"
      header={`Save ${machine.name}`}
      action={{ text: publishes ? 'Save and publish' : 'Save', isBusy: save.isPending, onAct: () => save.mutate() }}
      refusal={{ header: 'The definition was not saved', error: save.error }}
      onClose={onClose}
    >
      <DiffView before={before} after={after} label="What changes" />
      <Checkbox checked={publishes} onChange={({ detail }) => setPublishes(detail.checked)}>
        Publish it as a version
      </Checkbox>
      {publishes && (
        <FormField label="Description of the version">
          <Input value={description} ariaLabel="Description of the version" onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
      )}
    </Dialog>
  );
}
