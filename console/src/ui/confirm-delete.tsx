/** Asks before something is gone for good. */
import type { ReactNode } from 'react';
import { Box, Button, Modal, SpaceBetween } from './cloudscape.ts';

interface ConfirmDeleteProps {
  name: string;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function ConfirmDelete({ name, isBusy, onConfirm, onClose, children }: ConfirmDeleteProps) {
  return (
    <Modal
      visible
      header={`Delete ${name}?`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={isBusy} onClick={onConfirm}>
              Delete
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
