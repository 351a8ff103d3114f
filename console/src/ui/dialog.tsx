/** A dialog: what it is about, what can be done about it, what was refused, and the way back. */
import type { ReactNode } from 'react';
import { Box, Button, Modal, SpaceBetween } from './cloudscape.ts';
import { Refusal } from './failure.tsx';

interface DialogProps {
  header: string;
  size?: 'large';
  /** Without one there is only something to look at. */
  action?: DialogAction;
  /** Another way to do it. */
  other?: DialogAction;
  /** What the server had against it: `header` says what was not done. */
  refusal?: { header: string; error: Error | null };
  onClose: () => void;
  children: ReactNode;
}

interface DialogAction {
  text: string;
  isBusy?: boolean;
  isReady?: boolean;
  onAct: () => void;
}

export function Dialog({ header, size, action, other, refusal, onClose, children }: DialogProps) {
  const footer = action !== undefined && (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
        {other !== undefined && <Act action={other} variant="normal" />}
        <Act action={action} variant="primary" />
      </SpaceBetween>
    </Box>
  );
  return (
    <Modal visible {...(size === undefined ? {} : { size })} header={header} closeAriaLabel="Close" onDismiss={onClose} footer={footer}>
      <SpaceBetween size="m">
        {refusal !== undefined && <Refusal {...refusal} />}
        {children}
      </SpaceBetween>
    </Modal>
  );
}

function Act({ action, variant }: { action: DialogAction; variant: 'primary' | 'normal' }) {
  const { text, isBusy = false, isReady = true, onAct } = action;
  return (
    <Button variant={variant} loading={isBusy} disabled={!isReady} onClick={onAct}>
      {text}
    </Button>
  );
}
