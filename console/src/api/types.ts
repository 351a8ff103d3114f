/** AWS's shapes, as far as the console reads them. Times are seconds since 1970. */

export type MachineType = 'STANDARD' | 'EXPRESS';
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export const EXECUTION_STATUSES: readonly ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
];

export interface MachineItem {
  stateMachineArn: string;
  name: string;
  type: MachineType;
  creationDate: number;
}

export interface Machine extends MachineItem {
  status: string;
  definition: string;
  roleArn: string;
  revisionId?: string;
  description?: string;
  loggingConfiguration?: LoggingConfiguration;
  tracingConfiguration?: { enabled: boolean };
}

export type LogLevel = 'ALL' | 'ERROR' | 'FATAL' | 'OFF';

export interface LoggingConfiguration {
  level?: LogLevel;
  includeExecutionData?: boolean;
  destinations?: { cloudWatchLogsLogGroup: { logGroupArn: string } }[];
}

export interface VersionItem {
  stateMachineVersionArn: string;
  creationDate: number;
}

export interface AliasItem {
  stateMachineAliasArn: string;
  creationDate: number;
}

export interface Route {
  stateMachineVersionArn: string;
  weight: number;
}

export interface Alias extends AliasItem {
  name: string;
  description?: string;
  routingConfiguration: Route[];
  updateDate: number;
}

export interface Diagnostic {
  severity: 'ERROR' | 'WARNING';
  code: string;
  message: string;
  location?: string;
}

export interface Validation {
  result: 'OK' | 'FAIL';
  diagnostics: Diagnostic[];
  truncated?: boolean;
}

export interface SyncExecution {
  executionArn: string;
  name?: string;
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  startDate: number;
  stopDate: number;
  output?: string;
  error?: string;
  cause?: string;
}

export type TestStatus = 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';

export interface TestResult {
  status: TestStatus;
  output?: string;
  error?: string;
  cause?: string;
  nextState?: string;
  inspectionData?: Readonly<Record<string, unknown>>;
}

export interface ExecutionItem {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: ExecutionStatus;
  startDate: number;
  stopDate?: number;
}

/** A row of all executions, with why it did not succeed. */
export interface FoundExecution extends ExecutionItem {
  error?: string;
  cause?: string;
}

/** What was started in a window of time; by time, by machine. */
export interface Overview {
  fromDate: number;
  untilDate: number;
  bucketSeconds: number;
  /** False when there was more than is counted; then it is of the newest. */
  isWhole: boolean;
  machineCount: number;
  activityCount: number;
  running: number;
  runningIsMore: boolean;
  buckets: { started: number; failed: number }[];
  machines: MachineCounts[];
  failures: FoundExecution[];
}

export interface MachineCounts {
  stateMachineArn: string;
  started: number;
  failed: number;
  running: number;
  /** Newest first. */
  recent: ExecutionStatus[];
}

export interface Execution extends ExecutionItem {
  input?: string;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount?: number;
  redriveDate?: number;
  redriveStatus?: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  stateMachineVersionArn?: string;
  stateMachineAliasArn?: string;
}

export interface ExecutionDefinition {
  stateMachineArn: string;
  name: string;
  definition: string;
  roleArn?: string;
  updateDate?: number;
}

export interface ActivityItem {
  activityArn: string;
  name: string;
  creationDate: number;
}

/** One history event; the member that holds its details is named for its type. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

export interface Tag {
  key: string;
  value: string;
}
