/** Why there is nothing here, and what can be done about it. */
import type { ReactNode } from 'react';
import { Box, SpaceBetween } from './cloudscape.ts';

export function EmptyState({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" padding={{ vertical: 'm' }}>
      <SpaceBetween size="s">
        <Box color="text-body-secondary">{children}</Box>
        {action}
      </SpaceBetween>
    </Box>
  );
}
