/** Starts an execution: name and input, the last one that was used for this machine at hand. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { startExecution } from '../../api/operations.ts';
import { messageOf } from '../../app/notices.tsx';
import { paths } from '../../app/paths.ts';
import { Alert, Box, Button, FormField, Input, Modal, SpaceBetween } from '../../ui/cloudscape.ts';
import { nameOf, pretty } from '../../ui/format.ts';
import { LazyCode } from '../../ui/lazy-code.tsx';
import { useGo } from '../../ui/page-link.tsx';
import { rememberInput, rememberedInput } from './inputs.ts';

interface StartDialogProps {
  machineArn: string;
  /** The input of another execution, to start from. */
  input?: string | undefined;
  onClose: () => void;
}

export function StartDialog({ machineArn, input, onClose }: StartDialogProps) {
  const go = useGo();
  const client = useQueryClient();
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
  const mistake = mistakeIn(text);
  return (
    <Modal
      visible
      size="large"
      header={`Start ${nameOf(machineArn)}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={start.isPending} disabled={mistake !== undefined} onClick={() => start.mutate()}>
              Start execution
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {start.isError && (
          <Alert type="error" header="The execution was not started">
            {messageOf(start.error)}
          </Alert>
        )}
        <FormField label="Name" description="Left empty, the server gives one.">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} placeholder="order-4711" ariaLabel="Name" />
        </FormField>
        <FormField label="Input" description="A JSON document." errorText={mistake ?? ''} stretch>
          <LazyCode value={text} label="Input" onChange={setText} height="260px" />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}

function mistakeIn(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return text.trim() === '' ? 'Expected a JSON document, found nothing' : messageOf(error);
  }
}
