/** Starts an execution: name and input, the last one that was used for this machine at hand. Express ones can be waited for. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { startExecution, startSyncExecution } from '../../api/operations.ts';
import type { MachineType, SyncExecution } from '../../api/types.ts';
import { messageOf } from '../../app/notices.tsx';
import { paths } from '../../app/paths.ts';
import { Box, FormField, Input, SpaceBetween } from '../../ui/cloudscape.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { duration, pretty } from '../../ui/format.ts';
import { JsonView } from '../../ui/json-view.tsx';
import { LazyCode } from '../../ui/lazy-code.tsx';
import { PageLink, useGo } from '../../ui/page-link.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { rememberInput, rememberedInput } from './inputs.ts';

interface StartDialogProps {
  /** Of the machine, or of a version or an alias of it. */
  machineArn: string;
  type: MachineType;
  /** The input of another execution, to start from. */
  input?: string | undefined;
  onClose: () => void;
}

export function StartDialog({ machineArn, type, input, onClose }: StartDialogProps) {
  const go = useGo();
  const client = useQueryClient();
  const isExpress = type === 'EXPRESS';
  const [name, setName] = useState('');
  const [text, setText] = useState(() => pretty(input ?? rememberedInput(machineArn) ?? '{}'));
  const start = useMutation({
    mutationFn: () => startExecution({ stateMachineArn: machineArn, input: text, ...(name === '' ? {} : { name }) }),
    onSuccess: ({ executionArn }) => {
      rememberInput(machineArn, text);
      void client.invalidateQueries({ queryKey: ['executions', machineArn] });
      onClose();
      go(paths.execution(executionArn));
    },
  });
  const run = useMutation({
    mutationFn: () => startSyncExecution({ stateMachineArn: machineArn, input: text, ...(name === '' ? {} : { name }) }),
    onMutate: () => rememberInput(machineArn, text),
  });
  const mistake = mistakeIn(text);
  const isReady = mistake === undefined;
  const begin = { isBusy: start.isPending, isReady, onAct: () => start.mutate() };
  const wait = { text: 'Start and wait', isBusy: run.isPending, isReady, onAct: () => run.mutate() };
  return (
    <Dialog
      size="large"
      header={`Start ${titleOf(machineArn)}`}
      action={isExpress ? wait : { text: 'Start execution', ...begin }}
      {...(isExpress ? { other: { text: 'Start without waiting', ...begin } } : {})}
      refusal={{ header: 'The execution was not started', error: start.error ?? run.error }}
      onClose={onClose}
    >
      <FormField label="Name" description="Left empty, the server gives one.">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} placeholder="order-4711" ariaLabel="Name" />
      </FormField>
      <FormField label="Input" description="A JSON document." errorText={mistake ?? ''} stretch>
        <LazyCode value={text} label="Input" onChange={setText} height={run.data === undefined ? '260px' : '140px'} />
      </FormField>
      {run.data !== undefined && <SyncResult result={run.data} />}
    </Dialog>
  );
}

/** What an Express execution came to, and the way to its page: the server keeps recent ones. */
function SyncResult({ result }: { result: SyncExecution }) {
  return (
    <SpaceBetween size="xs">
      <Box>
        <ExecutionStatusMark status={result.status} />{' '}
        <span className="quiet">in {duration(result.stopDate - result.startDate)}</span>{' '}
        <PageLink to={paths.execution(result.executionArn)}>See what it did</PageLink>
      </Box>
      {result.error !== undefined && <div className="why-error">{result.error}</div>}
      {result.cause !== undefined && <div className="why-cause">{result.cause}</div>}
      {result.output !== undefined && <JsonView text={result.output} label="output of the execution" />}
    </SpaceBetween>
  );
}

/** `orders`, and which version or alias of it. */
function titleOf(arn: string): string {
  return arn.split(':').slice(6).join(':');
}

export function mistakeIn(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return text.trim() === '' ? 'Expected a JSON document, found nothing' : messageOf(error);
  }
}
