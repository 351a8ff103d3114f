/** The head of a page: its name, what is known at a glance, and what can be done; in two rows where it is narrow. */
import type { ReactNode } from 'react';
import { Box } from './cloudscape.ts';

interface PageHeaderProps {
  title: string;
  info?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, info, description, actions }: PageHeaderProps) {
  return (
    <div className="page-header">
      <div className="page-title">
        <Box variant="h1" padding="n">
          {title}
        </Box>
        {info}
      </div>
      {actions !== undefined && <div className="page-actions">{actions}</div>}
      {description !== undefined && <div className="page-description">{description}</div>}
    </div>
  );
}
