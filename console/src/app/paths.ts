/** The addresses of the console's pages. Whatever a page shows can be copied as one of these. */

export const BASE = '/console';

export const paths = {
  machines: () => `${BASE}/machines`,
  newMachine: (copyOf?: string) => `${BASE}/machines/new${copyOf === undefined ? '' : `?copyOf=${encodeURIComponent(copyOf)}`}`,
  machine: (arn: string) => `${BASE}/machines/${encodeURIComponent(arn)}`,
  editMachine: (arn: string) => `${BASE}/machines/${encodeURIComponent(arn)}/edit`,
  execution: (arn: string) => `${BASE}/executions/${encodeURIComponent(arn)}`,
  activities: () => `${BASE}/activities`,
  samples: () => `${BASE}/samples`,
} as const;

/** The machine of an execution: `…:execution:NAME:ID` belongs to `…:stateMachine:NAME`. */
export function machineOf(executionArn: string): string {
  const parts = executionArn.split(':');
  return [...parts.slice(0, 5), 'stateMachine', parts[6]].join(':');
}
