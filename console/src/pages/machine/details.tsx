/** What else is known of a machine, and what of it can be changed apart from the definition. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { listTags, tagResource, untagResource, updateMachine } from '../../api/operations.ts';
import type { LoggingConfiguration, LogLevel, Machine, Tag } from '../../api/types.ts';
import { useNotices } from '../../app/notices.tsx';
import { Box, Button, Checkbox, Container, FormField, Header, Input, KeyValuePairs, Select, SpaceBetween } from '../../ui/cloudscape.ts';
import { Copied } from '../../ui/copied.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { moment, words } from '../../ui/format.ts';

export function Details({ machine }: { machine: Machine }) {
  const [dialog, setDialog] = useState<'tags' | 'logging' | undefined>(undefined);
  const tags = useQuery({
    queryKey: ['tags', machine.stateMachineArn],
    queryFn: ({ signal }) => listTags(machine.stateMachineArn, signal),
  });
  const logging = machine.loggingConfiguration ?? {};
  const close = () => setDialog(undefined);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">State machine</Header>}>
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={3}
            items={[
              { label: 'Type', value: words(machine.type) },
              { label: 'Status', value: words(machine.status) },
              { label: 'Created', value: moment(machine.creationDate) },
            ]}
          />
          <KeyValuePairs
            items={[
              { label: 'ARN', value: <Copied text={machine.stateMachineArn} what="the ARN" /> },
              { label: 'Role', value: <Copied text={machine.roleArn} what="the role" /> },
              ...(machine.revisionId === undefined ? [] : [{ label: 'Revision', value: machine.revisionId }]),
            ]}
          />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" actions={<Button disabled={tags.data === undefined} onClick={() => setDialog('tags')}>Edit tags</Button>}>
            Tags
          </Header>
        }
      >
        {tags.data === undefined || tags.data.tags.length === 0 ? (
          <Box color="text-body-secondary">There are none.</Box>
        ) : (
          <KeyValuePairs columns={3} items={tags.data.tags.map(({ key, value }) => ({ label: key, value: value === '' ? '–' : value }))} />
        )}
      </Container>
      <Container
        header={
          <Header variant="h2" actions={<Button onClick={() => setDialog('logging')}>Edit logging</Button>}>
            Logging and tracing
          </Header>
        }
      >
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Log level', value: words(logging.level ?? 'OFF') },
            { label: 'Log group', value: groupOf(logging) ?? 'None' },
            { label: 'Data in the log', value: logging.includeExecutionData === true ? 'Included' : 'Left out' },
            { label: 'Tracing', value: machine.tracingConfiguration?.enabled === true ? 'On' : 'Off' },
          ]}
        />
      </Container>
      {dialog === 'tags' && tags.data !== undefined && <TagsDialog machine={machine} tags={tags.data.tags} onClose={close} />}
      {dialog === 'logging' && <LoggingDialog machine={machine} onClose={close} />}
    </SpaceBetween>
  );
}

function groupOf({ destinations }: LoggingConfiguration): string | undefined {
  return destinations?.[0]?.cloudWatchLogsLogGroup.logGroupArn;
}

function TagsDialog({ machine, tags, onClose }: { machine: Machine; tags: readonly Tag[]; onClose: () => void }) {
  const client = useQueryClient();
  const { say } = useNotices();
  const [rows, setRows] = useState<readonly Tag[]>(tags.length === 0 ? [{ key: '', value: '' }] : tags);
  const wanted = rows.filter(({ key }) => key !== '');
  const isTwice = new Set(wanted.map(({ key }) => key)).size < wanted.length;
  const arn = machine.stateMachineArn;
  const save = useMutation({
    mutationFn: async () => {
      const gone = tags.filter(({ key }) => !wanted.some((tag) => tag.key === key)).map(({ key }) => key);
      const changed = wanted.filter(({ key, value }) => !tags.some((tag) => tag.key === key && tag.value === value));
      if (gone.length > 0) await untagResource(arn, gone);
      if (changed.length > 0) await tagResource(arn, changed);
    },
    onSuccess: () => {
      say({ type: 'success', content: 'The tags are saved.' });
      onClose();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['tags', arn] }),
  });
  const set = (index: number, change: Partial<Tag>) =>
    setRows((now) => now.map((tag, at) => (at === index ? { ...tag, ...change } : tag)));
  return (
    <Dialog
      header="Edit tags"
      action={{ text: 'Save', isBusy: save.isPending, isReady: !isTwice, onAct: () => save.mutate() }}
      refusal={{ header: 'The tags were not saved', error: save.error }}
      onClose={onClose}
    >
      <div className="tag-row" aria-hidden="true">
        <b>Key</b>
        <b>Value</b>
      </div>
      {rows.map(({ key, value }, index) => (
        <div key={index} className="tag-row">
          <Input value={key} ariaLabel={`Key of tag ${index + 1}`} onChange={({ detail }) => set(index, { key: detail.value })} />
          <Input value={value} ariaLabel={`Value of tag ${index + 1}`} onChange={({ detail }) => set(index, { value: detail.value })} />
          <Button
            iconName="remove"
            variant="icon"
            ariaLabel={`Remove tag ${index + 1}`}
            onClick={() => setRows((now) => now.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      {isTwice && <Box color="text-status-error">A key can be there once.</Box>}
      <Button iconName="add-plus" onClick={() => setRows((now) => [...now, { key: '', value: '' }])}>
        Add tag
      </Button>
    </Dialog>
  );
}

const LEVELS = (['OFF', 'FATAL', 'ERROR', 'ALL'] as const).map((value) => ({ value, label: words(value) }));

function LoggingDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const client = useQueryClient();
  const { say } = useNotices();
  const now = machine.loggingConfiguration ?? {};
  const [level, setLevel] = useState<LogLevel>(now.level ?? 'OFF');
  const [group, setGroup] = useState(groupOf(now) ?? '');
  const [includesData, setIncludesData] = useState(now.includeExecutionData === true);
  const [isTraced, setTraced] = useState(machine.tracingConfiguration?.enabled === true);
  const save = useMutation({
    mutationFn: () =>
      updateMachine({
        stateMachineArn: machine.stateMachineArn,
        loggingConfiguration: {
          level,
          includeExecutionData: includesData,
          ...(group === '' ? {} : { destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: group } }] }),
        },
        tracingConfiguration: { enabled: isTraced },
      }),
    onSuccess: () => {
      say({ type: 'success', content: 'Logging and tracing are saved.' });
      void client.invalidateQueries({ queryKey: ['machine', machine.stateMachineArn] });
      onClose();
    },
  });
  return (
    <Dialog
      header="Edit logging and tracing"
      action={{ text: 'Save', isBusy: save.isPending, onAct: () => save.mutate() }}
      refusal={{ header: 'The configuration was not saved', error: save.error }}
      onClose={onClose}
    >
      <FormField label="Log level">
        <Select
          ariaLabel="Log level"
          options={LEVELS}
          selectedOption={LEVELS.find(({ value }) => value === level) ?? null}
          onChange={({ detail }) => setLevel(detail.selectedOption.value as LogLevel)}
        />
      </FormField>
      <FormField label="Log group" description="The ARN of a log group, which ends in :*">
        <Input
          value={group}
          ariaLabel="Log group"
          placeholder="arn:aws:logs:us-east-1:000000000000:log-group:orders:*"
          onChange={({ detail }) => setGroup(detail.value)}
        />
      </FormField>
      <Checkbox checked={includesData} onChange={({ detail }) => setIncludesData(detail.checked)}>
        Inputs and outputs go into the log
      </Checkbox>
      <Checkbox checked={isTraced} onChange={({ detail }) => setTraced(detail.checked)}>
        Executions are traced
      </Checkbox>
    </Dialog>
  );
}
