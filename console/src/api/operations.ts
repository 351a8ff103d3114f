/** The operations that the console uses, each with its own shapes. */
import { isExpress, machineOf } from '../app/paths.ts';
import { call, look } from './client.ts';
import type {
  ActivityItem,
  Alias,
  AliasItem,
  Execution,
  ExecutionDefinition,
  ExecutionItem,
  ExecutionStatus,
  FoundExecution,
  HistoryEvent,
  LoggingConfiguration,
  Machine,
  MachineItem,
  MachineType,
  Overview,
  Page,
  Route,
  SyncExecution,
  Tag,
  TestResult,
  Validation,
  VersionItem,
} from './types.ts';

type Signal = AbortSignal | undefined;

/** LIMIT: what AWS gives on one page. */
const PAGE = 100;
/** LIMIT: events of one history that the console holds; AWS ends an execution at 25,000. */
const HISTORY_MAX = 50_000;

export const listMachines = (nextToken: string | undefined, signal?: Signal) =>
  call<{ stateMachines: MachineItem[] } & Page>('ListStateMachines', { maxResults: PAGE, nextToken }, signal);

export const describeMachine = (stateMachineArn: string, signal?: Signal) =>
  call<Machine>('DescribeStateMachine', { stateMachineArn }, signal);

export const createMachine = (request: { name: string; definition: string; roleArn: string; type: MachineType }) =>
  call<{ stateMachineArn: string; creationDate: number }>('CreateStateMachine', request);

export interface MachineUpdate {
  stateMachineArn: string;
  definition?: string;
  roleArn?: string;
  loggingConfiguration?: LoggingConfiguration;
  tracingConfiguration?: { enabled: boolean };
  publish?: boolean;
  versionDescription?: string;
}

export const updateMachine = (request: MachineUpdate) =>
  call<{ updateDate: number; revisionId?: string; stateMachineVersionArn?: string }>('UpdateStateMachine', request);

/** LIMIT: findings that AWS tells at once. */
const FINDINGS = 100;

export const validate = (definition: string, type: MachineType, signal?: Signal) =>
  call<Validation>('ValidateStateMachineDefinition', { definition, type, severity: 'WARNING', maxResults: FINDINGS }, signal);

export const publishVersion = (request: { stateMachineArn: string; description?: string }) =>
  call<{ stateMachineVersionArn: string }>('PublishStateMachineVersion', request);

export const deleteVersion = (stateMachineVersionArn: string) =>
  call<object>('DeleteStateMachineVersion', { stateMachineVersionArn });

export const listVersions = (stateMachineArn: string, nextToken: string | undefined, signal?: Signal) =>
  call<{ stateMachineVersions: VersionItem[] } & Page>('ListStateMachineVersions', { stateMachineArn, nextToken, maxResults: PAGE }, signal);

/** AWS lists aliases without their routes; there are a hundred at most. */
export async function listAliases(stateMachineArn: string, signal?: Signal): Promise<Alias[]> {
  const page = await call<{ stateMachineAliases: AliasItem[] }>('ListStateMachineAliases', { stateMachineArn, maxResults: PAGE }, signal);
  return Promise.all(
    page.stateMachineAliases.map(({ stateMachineAliasArn }) =>
      call<Alias>('DescribeStateMachineAlias', { stateMachineAliasArn }, signal),
    ),
  );
}

export const createAlias = (request: { name: string; description?: string; routingConfiguration: Route[] }) =>
  call<{ stateMachineAliasArn: string }>('CreateStateMachineAlias', request);

export const updateAlias = (request: { stateMachineAliasArn: string; description?: string; routingConfiguration: Route[] }) =>
  call<{ updateDate: number }>('UpdateStateMachineAlias', request);

export const deleteAlias = (stateMachineAliasArn: string) => call<object>('DeleteStateMachineAlias', { stateMachineAliasArn });

export const tagResource = (resourceArn: string, tags: Tag[]) => call<object>('TagResource', { resourceArn, tags });

export const untagResource = (resourceArn: string, tagKeys: string[]) => call<object>('UntagResource', { resourceArn, tagKeys });

export interface TestRequest {
  definition: string;
  stateName?: string;
  roleArn?: string;
  input: string;
  variables?: string;
  context?: string;
  inspectionLevel: 'INFO' | 'DEBUG' | 'TRACE';
  mock?: { result: string } | { errorOutput: { error: string; cause: string } };
}

export const testState = (request: TestRequest) => call<TestResult>('TestState', request);

export const deleteMachine = (stateMachineArn: string) => call<object>('DeleteStateMachine', { stateMachineArn });

export const listExecutions = (
  request: { stateMachineArn: string; statusFilter?: ExecutionStatus | undefined; nextToken?: string | undefined },
  signal?: Signal,
) => call<{ executions: ExecutionItem[] } & Page>('ListExecutions', { maxResults: PAGE, ...request }, signal);

export const startExecution = (request: { stateMachineArn: string; name?: string; input: string }) =>
  call<{ executionArn: string; startDate: number }>('StartExecution', request);

/** Answers when it has ended; for Express state machines. */
export const startSyncExecution = (request: { stateMachineArn: string; name?: string; input: string }) =>
  call<SyncExecution>('StartSyncExecution', request);

export interface ExecutionSearch {
  machine?: string | undefined;
  status?: ExecutionStatus | undefined;
  name?: string | undefined;
  error?: string | undefined;
  /** Milliseconds since 1970. */
  from?: number | undefined;
  until?: number | undefined;
}

/** Executions of all machines, newest first. A page may be short and still have a next one. */
export const searchExecutions = (search: ExecutionSearch, after: string | undefined, signal?: Signal) =>
  look<{ executions: FoundExecution[] } & Page>('executions', { ...search, after, limit: PAGE }, signal);

export const readOverview = (hours: number, signal?: Signal) => look<Overview>('overview', { hours }, signal);

export const stopExecution = (request: { executionArn: string; error?: string; cause?: string }) =>
  call<{ stopDate: number }>('StopExecution', request);

export const describeExecution = (executionArn: string, signal?: Signal) =>
  call<Execution>('DescribeExecution', { executionArn }, signal);

/** AWS tells the definition of an Express execution only as that of its machine. */
export const describeDefinitionOf = (executionArn: string, signal?: Signal) =>
  isExpress(executionArn)
    ? call<ExecutionDefinition>('DescribeStateMachine', { stateMachineArn: machineOf(executionArn) }, signal)
    : call<ExecutionDefinition>('DescribeStateMachineForExecution', { executionArn }, signal);

export const listActivities = (nextToken: string | undefined, signal?: Signal) =>
  call<{ activities: ActivityItem[] } & Page>('ListActivities', { maxResults: PAGE, nextToken }, signal);

export const createActivity = (name: string) => call<{ activityArn: string }>('CreateActivity', { name });

export const deleteActivity = (activityArn: string) => call<object>('DeleteActivity', { activityArn });

export const listTags = (resourceArn: string, signal?: Signal) =>
  call<{ tags: Tag[] }>('ListTagsForResource', { resourceArn }, signal);

/** The whole history in order; what is `known` is not asked for again, for it never changes. */
export async function readHistory(
  executionArn: string,
  known: readonly HistoryEvent[],
  signal?: Signal,
): Promise<HistoryEvent[]> {
  const events = [...known];
  let isMore: boolean;
  do {
    const query = { execution: executionArn, after: events.at(-1)?.id };
    const part = await look<{ events: HistoryEvent[]; isMore: boolean }>('history', query, signal);
    for (const event of part.events) events.push(event);
    isMore = part.isMore;
  } while (isMore && events.length < HISTORY_MAX);
  return events;
}
