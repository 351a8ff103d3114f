/** The operations that the console uses, each with its own shapes. */
import { call } from './client.ts';
import type {
  ActivityItem,
  Execution,
  ExecutionDefinition,
  ExecutionItem,
  ExecutionStatus,
  HistoryEvent,
  Machine,
  MachineItem,
  MachineType,
  Page,
  Tag,
} from './types.ts';

type Signal = AbortSignal | undefined;

/** LIMIT: what AWS gives on one page. */
const PAGE = 100;
const HISTORY_PAGE = 1000;
/** LIMIT: events of one history that the console holds; AWS ends an execution at 25,000. */
const HISTORY_MAX = 50_000;

export const listMachines = (nextToken: string | undefined, signal?: Signal) =>
  call<{ stateMachines: MachineItem[] } & Page>('ListStateMachines', { maxResults: PAGE, nextToken }, signal);

export const describeMachine = (stateMachineArn: string, signal?: Signal) =>
  call<Machine>('DescribeStateMachine', { stateMachineArn }, signal);

export const createMachine = (request: { name: string; definition: string; roleArn: string; type: MachineType }) =>
  call<{ stateMachineArn: string; creationDate: number }>('CreateStateMachine', request);

export const updateMachine = (request: { stateMachineArn: string; definition?: string; roleArn?: string }) =>
  call<{ updateDate: number; revisionId?: string }>('UpdateStateMachine', request);

export const deleteMachine = (stateMachineArn: string) => call<object>('DeleteStateMachine', { stateMachineArn });

export const listExecutions = (
  request: { stateMachineArn: string; statusFilter?: ExecutionStatus | undefined; nextToken?: string | undefined },
  signal?: Signal,
) => call<{ executions: ExecutionItem[] } & Page>('ListExecutions', { maxResults: PAGE, ...request }, signal);

export const startExecution = (request: { stateMachineArn: string; name?: string; input: string }) =>
  call<{ executionArn: string; startDate: number }>('StartExecution', request);

export const stopExecution = (request: { executionArn: string; error?: string; cause?: string }) =>
  call<{ stopDate: number }>('StopExecution', request);

export const describeExecution = (executionArn: string, signal?: Signal) =>
  call<Execution>('DescribeExecution', { executionArn }, signal);

export const describeDefinitionOf = (executionArn: string, signal?: Signal) =>
  call<ExecutionDefinition>('DescribeStateMachineForExecution', { executionArn }, signal);

export const listActivities = (nextToken: string | undefined, signal?: Signal) =>
  call<{ activities: ActivityItem[] } & Page>('ListActivities', { maxResults: PAGE, nextToken }, signal);

export const createActivity = (name: string) => call<{ activityArn: string }>('CreateActivity', { name });

export const deleteActivity = (activityArn: string) => call<object>('DeleteActivity', { activityArn });

export const listTags = (resourceArn: string, signal?: Signal) =>
  call<{ tags: Tag[] }>('ListTagsForResource', { resourceArn }, signal);

/** The whole history in order. Pages before the last never change, so `known` is not asked for again. */
export async function readHistory(
  executionArn: string,
  known: readonly HistoryEvent[],
  signal?: Signal,
): Promise<HistoryEvent[]> {
  const seen = known.length;
  if (seen > 0) {
    const newest = await newestEvents(executionArn, known[seen - 1]?.id ?? 0, signal);
    if (newest !== undefined) return [...known, ...newest];
  }
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await historyPage({ executionArn, nextToken, maxResults: HISTORY_PAGE }, signal);
    events.push(...page.events);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && events.length < HISTORY_MAX);
  return events;
}

/** What came after `last`, or undefined when more came than one small page shows. */
async function newestEvents(executionArn: string, last: number, signal: Signal): Promise<HistoryEvent[] | undefined> {
  const page = await historyPage({ executionArn, reverseOrder: true, maxResults: PAGE }, signal);
  const oldest = page.events.at(-1);
  if (oldest !== undefined && oldest.id > last + 1) return undefined;
  return page.events.filter((event) => event.id > last).reverse();
}

const historyPage = (request: object, signal: Signal) =>
  call<{ events: HistoryEvent[] } & Page>('GetExecutionHistory', { includeExecutionData: true, ...request }, signal);
