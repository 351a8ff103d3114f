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
  return <StatusIndicator type={EXECUTION[status] ?? 'info'}>{words(status)}</StatusIndicator>;
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
  return <StatusIndicator type={STATE[status]}>{words(STATUS_WORDS[status])}</StatusIndicator>;
}
