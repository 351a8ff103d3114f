/** Asks before something is gone for good, has it deleted, and says what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNotices } from '../app/notices.tsx';
import { Dialog } from './dialog.tsx';

interface DeleteDialogProps {
  name: string;
  remove: () => Promise<unknown>;
  /** The key of the list that it is in. */
  list: readonly string[];
  onDeleted?: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function DeleteDialog({ name, remove, list, onDeleted, onClose, children }: DeleteDialogProps) {
  const client = useQueryClient();
  const { say, refuse } = useNotices();
  const deletion = useMutation({
    mutationFn: remove,
    onSuccess: () => {
      say({ type: 'success', content: `${name} is deleted.` });
      void client.invalidateQueries({ queryKey: list });
      onDeleted?.();
    },
    onError: (error) => refuse(`${name} was not deleted`, error),
    onSettled: onClose,
  });
  return (
    <Dialog header={`Delete ${name}?`} action={{ text: 'Delete', isBusy: deletion.isPending, onAct: () => deletion.mutate() }} onClose={onClose}>
      {children}
    </Dialog>
  );
}
