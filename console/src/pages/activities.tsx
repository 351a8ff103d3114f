/** The activities: queues of tasks that workers poll. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { createActivity, deleteActivity, listActivities } from '../api/operations.ts';
import type { ActivityItem } from '../api/types.ts';
import { messageOf, useNotices } from '../app/notices.tsx';
import { useListPace } from '../live/use-lists.ts';
import { Alert, Box, Button, FormField, Header, Input, Modal, Pagination, SpaceBetween, Table, TextFilter } from '../ui/cloudscape.ts';
import { ConfirmDelete } from '../ui/confirm-delete.tsx';
import { Failure } from '../ui/failure.tsx';
import { moment } from '../ui/format.ts';
import { usePages } from '../ui/use-pages.ts';
import { Copied } from './machine/machine.tsx';

export function ActivitiesPage() {
  const query = useInfiniteQuery({
    queryKey: ['activities'],
    queryFn: ({ pageParam, signal }) => listActivities(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextToken,
    refetchInterval: useListPace(),
  });
  const [text, setText] = useState('');
  const [selected, setSelected] = useState<ActivityItem | undefined>(undefined);
  const [dialog, setDialog] = useState<'create' | 'delete' | undefined>(undefined);
  const activities = query.data?.pages.flatMap((page) => page.activities) ?? [];
  const found = activities.filter((activity) => activity.name.toLowerCase().includes(text.toLowerCase()));
  const pages = usePages(found, { hasMore: query.hasNextPage, onMore: () => void query.fetchNextPage() });
  if (query.isError && query.data === undefined) {
    return <Failure what="list of activities" error={query.error} onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      <Table
        variant="full-page"
        stickyHeader
        trackBy="activityArn"
        selectionType="single"
        ariaLabels={{
          tableLabel: 'Activities',
          selectionGroupLabel: 'Selected',
          itemSelectionLabel: (_, activity) => `Select ${activity.name}`,
        }}
        selectedItems={selected === undefined ? [] : [selected]}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0])}
        items={pages.shown}
        loading={query.isPending}
        loadingText="Reading the activities"
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={query.isPending ? '' : `(${activities.length})`}
            description="A Task state hands its work to an activity; any program that polls it can do the work."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected === undefined} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                <Button variant="primary" onClick={() => setDialog('create')}>
                  Create activity
                </Button>
              </SpaceBetween>
            }
          >
            Activities
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find by name"
            filteringAriaLabel="Find activities by name"
            countText={text === '' ? '' : `${found.length} found`}
            onChange={({ detail }) => setText(detail.filteringText)}
          />
        }
        pagination={<Pagination {...pages.pagination} />}
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="s">
              <Box color="text-body-secondary">
                {text === '' ? 'There are no activities yet.' : 'No activity has this in its name.'}
              </Box>
              <Button onClick={() => (text === '' ? setDialog('create') : setText(''))}>
                {text === '' ? 'Create activity' : 'Show all'}
              </Button>
            </SpaceBetween>
          </Box>
        }
        columnDefinitions={[
          { id: 'name', header: 'Name', isRowHeader: true, cell: (activity) => activity.name },
          { id: 'arn', header: 'ARN', cell: (activity) => <Copied text={activity.activityArn} what={`ARN of ${activity.name}`} /> },
          { id: 'created', header: 'Created', cell: (activity) => moment(activity.creationDate) },
        ]}
      />
      {dialog === 'create' && <CreateActivity onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && selected !== undefined && (
        <DeleteActivity activity={selected} onClose={() => setDialog(undefined)} onDeleted={() => setSelected(undefined)} />
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
    <Modal
      visible
      header="Create activity"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={name === ''} loading={create.isPending} onClick={() => create.mutate()}>
              Create
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {create.isError && <Alert type="error">{messageOf(create.error)}</Alert>}
        <FormField label="Name" description="Workers and definitions name the activity by its ARN, which ends in this.">
          <Input value={name} ariaLabel="Name" autoFocus placeholder="ship-parcel" onChange={({ detail }) => setName(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}

function DeleteActivity({ activity, onClose, onDeleted }: { activity: ActivityItem; onClose: () => void; onDeleted: () => void }) {
  const client = useQueryClient();
  const { say, refuse } = useNotices();
  const remove = useMutation({
    mutationFn: () => deleteActivity(activity.activityArn),
    onSuccess: () => {
      say({ type: 'success', content: `${activity.name} is deleted.` });
      void client.invalidateQueries({ queryKey: ['activities'] });
      onDeleted();
    },
    onError: (error) => refuse(`${activity.name} was not deleted`, error),
    onSettled: onClose,
  });
  return (
    <ConfirmDelete name={activity.name} isBusy={remove.isPending} onConfirm={() => remove.mutate()} onClose={onClose}>
      Tasks that wait in it are not handed to workers any more.
    </ConfirmDelete>
  );
}
