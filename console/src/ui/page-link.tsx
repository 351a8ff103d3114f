/** A link to a page of the console: followed without loading it anew, opened in a tab like any other. */
import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { paths } from '../app/paths.ts';
import { Link } from './cloudscape.ts';

export function useGo(): (path: string) => void {
  const router = useRouter();
  return (path) => router.history.push(path);
}

export function PageLink({ to, children, label }: { to: string; children: ReactNode; label?: string }) {
  const go = useGo();
  return (
    <Link
      href={to}
      {...(label === undefined ? {} : { ariaLabel: label })}
      onFollow={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </Link>
  );
}

/** The name of an execution in a list, cut where it would push other columns out. */
export function ExecutionName({ execution, isShort = false }: { execution: { executionArn: string; name: string }; isShort?: boolean }) {
  const { executionArn, name } = execution;
  return (
    <span className={isShort ? 'execution-name execution-name-short' : 'execution-name'} title={name}>
      <PageLink to={paths.execution(executionArn)}>{name}</PageLink>
    </span>
  );
}
