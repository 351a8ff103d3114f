/** The operations that the console uses, each with its own shapes. */
import { isExpress, machineOf } from '../app/paths.ts';
import { call } from './client.ts';
import type { Keys } from './sign.ts';
import type {
  ActivityItem,
  Alias,
  AliasItem,
  Execution,
  ExecutionDefinition,
  ExecutionItem,
  ExecutionStatus,
  HistoryEvent,
  LoggingConfiguration,
  Machine,
  MachineItem,
  MachineType,
  Route,
  SyncExecution,
  Tag,
  TestResult,
  Validation,
  VersionItem,
} from './types.ts';

type Signal = AbortSignal | undefined;

/** LIMIT: what is read of a list at once, and of a history; AWS gives 1,000 at most. */
export const PAGE = 100;
const HISTORY_PAGE = 1000;

/** One page of a list; AWS names the items differently in each. */
export interface Part<Item> {
  items: Item[];
  nextToken?: string | undefined;
}

async function list<Item>(operation: string, member: string, request: object, signal: Signal): Promise<Part<Item>> {
  const answer = await call<Readonly<Record<string, unknown>>>(operation, { maxResults: PAGE, ...request }, signal);
  return { items: answer[member] as Item[], nextToken: answer['nextToken'] as string | undefined };
}

export const listMachines = (nextToken: string | undefined, signal?: Signal) =>
  list<MachineItem>('ListStateMachines', 'stateMachines', { nextToken }, signal);

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
  list<VersionItem>('ListStateMachineVersions', 'stateMachineVersions', { stateMachineArn, nextToken }, signal);

/** AWS lists aliases without their routes; there are a hundred at most. */
export async function listAliases(stateMachineArn: string, signal?: Signal): Promise<Alias[]> {
  const { items } = await list<AliasItem>('ListStateMachineAliases', 'stateMachineAliases', { stateMachineArn }, signal);
  return Promise.all(
    items.map(({ stateMachineAliasArn }) => call<Alias>('DescribeStateMachineAlias', { stateMachineAliasArn }, signal)),
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
) => list<ExecutionItem>('ListExecutions', 'executions', request, signal);

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

export const redriveExecution = (request: { executionArn: string; clientToken: string }) =>
  call<{ redriveDate: number }>('RedriveExecution', request);

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
  list<ActivityItem>('ListActivities', 'activities', { nextToken }, signal);

export const createActivity = (name: string) => call<{ activityArn: string }>('CreateActivity', { name });

export const deleteActivity = (activityArn: string) => call<object>('DeleteActivity', { activityArn });

export const listTags = (resourceArn: string, signal?: Signal) =>
  call<{ tags: Tag[] }>('ListTagsForResource', { resourceArn }, signal);

export const getHistory = (
  request: { executionArn: string; reverseOrder: boolean; nextToken?: string | undefined },
  signal?: Signal,
) => list<HistoryEvent>('GetExecutionHistory', 'events', { ...request, maxResults: HISTORY_PAGE }, signal);

/** Whether the server takes these keys: it refuses otherwise. */
export const tryKeys = (keys: Keys) => call<object>('ListStateMachines', { maxResults: 1 }, undefined, keys);
