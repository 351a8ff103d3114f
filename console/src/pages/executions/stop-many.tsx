/** Stops many executions, some at a time, and says how far it has come and what was refused. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { stopExecution } from '../../api/operations.ts';
import { someAtOnce } from '../../api/some-at-once.ts';
import { messageOf, useNotices } from '../../app/notices.tsx';
import { FormField, Input, StatusIndicator } from '../../ui/cloudscape.ts';
import { Dialog } from '../../ui/dialog.tsx';

interface StopManyProps {
  /** What is stopped, known when the question is asked or found while stopping. */
  count: string;
  find: () => AsyncGenerator<string[]>;
  onClose: () => void;
}

export function StopMany({ count, find, onClose }: StopManyProps) {
  const client = useQueryClient();
  const { say } = useNotices();
  const [cause, setCause] = useState('');
  const [stopped, setStopped] = useState(0);
  const stop = useMutation({
    mutationFn: async () => {
      let [done, refusal] = [0, undefined as unknown];
      const one = async (executionArn: string) => {
        try {
          await stopExecution({ executionArn, ...(cause === '' ? {} : { cause }) });
          done += 1;
          setStopped(done);
        } catch (error) {
          refusal = error;
        }
      };
      for await (const arns of find()) await someAtOnce(arns, one);
      return { done, refusal };
    },
    onSuccess: ({ done, refusal }) => {
      const what = `${done.toLocaleString()} ${done === 1 ? 'execution is' : 'executions are'} stopped.`;
      if (refusal === undefined) say({ type: 'success', content: what });
      else say({ type: 'warning', header: what, content: `Others were not: ${messageOf(refusal)}` });
    },
    onError: (error) => say({ type: 'error', header: 'The executions could not be found', content: messageOf(error) }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['search'] });
      onClose();
    },
  });
  return (
    <Dialog
      header={`Stop ${count}?`}
      action={{ text: 'Stop executions', isBusy: stop.isPending, onAct: () => stop.mutate() }}
      onClose={onClose}
    >
      <span>What they are doing now is aborted.</span>
      <FormField label="Cause" description="Optional; it stays in each history.">
        <Input value={cause} ariaLabel="Cause" disabled={stop.isPending} onChange={({ detail }) => setCause(detail.value)} />
      </FormField>
      {stop.isPending && <StatusIndicator type="in-progress">{stopped.toLocaleString()} stopped</StatusIndicator>}
    </Dialog>
  );
}
