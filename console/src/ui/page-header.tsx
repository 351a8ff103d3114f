/** The head of a page: its name, what is known at a glance, and what can be done; in two rows where it is narrow. */
import type { ReactNode } from 'react';
import { Box } from './cloudscape.ts';

interface PageHeaderProps {
  title: string;
  info?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

/** Characters: the identifier that an execution is given when nobody names it is longer. */
const LONG = 30;

export function PageHeader({ title, info, description, actions }: PageHeaderProps) {
  return (
    <div className="page-header">
      <div className={title.length > LONG ? 'page-title page-title-long' : 'page-title'}>
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
