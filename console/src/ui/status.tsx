/** The status of an execution or of a state: a mark, a colour and a word. */
import type { ExecutionStatus } from '../api/types.ts';
import { STATUS_WORDS } from '../graph/icons.ts';
import type { StateStatus } from '../graph/icons.ts';
import { StatusIndicator } from './cloudscape.ts';
import type { StatusIndicatorProps } from './cloudscape.ts';
import { words } from './format.ts';

const EXECUTION: Record<ExecutionStatus, StatusIndicatorProps.Type> = {
  RUNNING: 'in-progress',
  SUCCEEDED: 'success',
  FAILED: 'error',
  TIMED_OUT: 'error',
  ABORTED: 'stopped',
  PENDING_REDRIVE: 'pending',
};

export function ExecutionStatusMark({ status }: { status: ExecutionStatus }) {
  return <Mark type={EXECUTION[status] ?? 'info'}>{words(status)}</Mark>;
}

/** What goes on has a colour of its own, so that it is not taken for something that is over. */
export function Mark({ type, children }: { type: StatusIndicatorProps.Type; children: string }) {
  return (
    <StatusIndicator type={type} {...(type === 'in-progress' ? { colorOverride: 'blue' as const } : {})}>
      {children}
    </StatusIndicator>
  );
}

const STATE: Record<StateStatus, StatusIndicatorProps.Type> = {
  running: 'in-progress',
  succeeded: 'success',
  failed: 'error',
  'timed-out': 'error',
  caught: 'warning',
  aborted: 'stopped',
};

export function StateStatusMark({ status }: { status: StateStatus }) {
  return <Mark type={STATE[status]}>{words(STATUS_WORDS[status])}</Mark>;
}
