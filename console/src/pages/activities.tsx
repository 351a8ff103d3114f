/** The activities: queues of tasks that workers poll. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createActivity, deleteActivity, listActivities } from '../api/operations.ts';
import type { ActivityItem } from '../api/types.ts';
import { Button, FormField, Input } from '../ui/cloudscape.ts';
import { Copied } from '../ui/copied.tsx';
import { DeleteDialog } from '../ui/delete-dialog.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { moment } from '../ui/format.ts';
import { ResourceTable } from '../ui/resource-table.tsx';
import { useRows } from '../ui/use-rows.ts';

export function ActivitiesPage() {
  const rows = useRows<ActivityItem>(['activities'], listActivities);
  const [selected, setSelected] = useState<ActivityItem | undefined>(undefined);
  const [dialog, setDialog] = useState<'create' | 'delete' | undefined>(undefined);
  return (
    <>
      <ResourceTable
        isPage
        title="Activities"
        description="A Task state hands its work to an activity; any program that polls it can do the work."
        rows={rows}
        idOf="activityArn"
        nameOf={({ name }) => name}
        findsByName
        selection={{ selected: selected === undefined ? [] : [selected], onSelect: ([one]) => setSelected(one) }}
        actions={
          <>
            <Button disabled={selected === undefined} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setDialog('create')}>
              Create activity
            </Button>
          </>
        }
        empty={{ words: 'There are no activities yet.', action: <Button onClick={() => setDialog('create')}>Create activity</Button> }}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, cell: (activity) => activity.name },
          { id: 'arn', header: 'ARN', cell: (activity) => <Copied text={activity.activityArn} what={`the ARN of ${activity.name}`} /> },
          { id: 'created', header: 'Created', cell: (activity) => moment(activity.creationDate) },
        ]}
      />
      {dialog === 'create' && <CreateActivity onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && selected !== undefined && (
        <DeleteDialog
          name={selected.name}
          remove={() => deleteActivity(selected.activityArn)}
          list={['activities']}
          onDeleted={() => setSelected(undefined)}
          onClose={() => setDialog(undefined)}
        >
          Tasks that wait in it are not handed to workers any more.
        </DeleteDialog>
      )}
    </>
  );
}

function CreateActivity({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => createActivity(name),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['activities'] });
      onClose();
    },
  });
  return (
    <Dialog
      header="Create activity"
      action={{ text: 'Create', isBusy: create.isPending, isReady: name !== '', onAct: () => create.mutate() }}
      refusal={{ header: 'The activity was not created', error: create.error }}
      onClose={onClose}
    >
      <FormField label="Name" description="Workers and definitions name the activity by its ARN, which ends in this.">
        <Input value={name} ariaLabel="Name" autoFocus placeholder="ship-parcel" onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </Dialog>
  );
}
