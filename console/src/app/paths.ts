/** The addresses of the console's pages. Whatever a page shows can be copied as one of these. */

export const BASE = '/console';

function search(fields: Readonly<Record<string, string | undefined>>): string {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return known.length === 0 ? '' : `?${known.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&')}`;
}

export const paths = {
  overview: () => `${BASE}/`,
  machines: () => `${BASE}/machines`,
  newMachine: (copyOf?: string) => `${BASE}/machines/new${search({ copyOf })}`,
  machine: (arn: string, tab?: string) => `${BASE}/machines/${encodeURIComponent(arn)}${search({ tab })}`,
  editMachine: (arn: string) => `${BASE}/machines/${encodeURIComponent(arn)}/edit`,
  executions: (fields: { status?: string; machine?: string; since?: string } = {}) => `${BASE}/executions${search(fields)}`,
  execution: (arn: string) => `${BASE}/executions/${encodeURIComponent(arn)}`,
  testState: (fields: { machine?: string; state?: string; execution?: string; visit?: string } = {}) => `${BASE}/test-state${search(fields)}`,
  open: () => `${BASE}/open`,
  activities: () => `${BASE}/activities`,
  samples: () => `${BASE}/samples`,
} as const;

/** `…:express:NAME:ID:UUID` */
export function isExpress(executionArn: string): boolean {
  return executionArn.split(':')[5] === 'express';
}

/** The machine of an execution: `…:execution:NAME:ID` belongs to `…:stateMachine:NAME`. */
export function machineOf(executionArn: string): string {
  const parts = executionArn.split(':');
  return [...parts.slice(0, 5), 'stateMachine', parts[6]].join(':');
}

/** The name of the machine that an ARN belongs to: its own, that of a version, of an alias, of an execution. */
export function machineName(arn: string): string {
  return arn.split(':')[6] ?? arn;
}
