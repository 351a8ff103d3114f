/**
 * What the console reads beside AWS's operations, put together from these alone: less, and with more calls.
 *
 * For servers and proxies that answer nothing under `/console/api/`. What is given up is said on the page.
 * LIMIT: the newest executions of the first page of state machines, as many as AWS gives of each at once.
 */
import { isMissing } from './client.ts';
import { describeExecution, getHistory, listActivities, listExecutions, listMachines } from './operations.ts';
import type { ExecutionSearch, Part } from './operations.ts';
import { someAtOnce } from './some-at-once.ts';
import type { ExecutionItem, FoundExecution, HistoryEvent, MachineCounts, Overview } from './types.ts';

type Signal = AbortSignal | undefined;

const HOUR = 3600;
/** Bars of the overview. */
const BUCKETS = 48;
const FAILURES_SHOWN = 8;
/** Executions of each machine whose statuses are told, newest first. */
const RECENT = 16;

export async function searchPlainly(search: ExecutionSearch, signal: Signal): Promise<Part<FoundExecution>> {
  const { executions } = await newest(search, signal);
  const wanted = executions.filter(({ name, startDate }) => {
    const isIn = startDate * 1000 >= (search.from ?? 0) && startDate * 1000 <= (search.until ?? Infinity);
    return isIn && name.toLowerCase().includes((search.name ?? '').toLowerCase());
  });
  const found = await withReasons(wanted, signal);
  const part = search.error?.toLowerCase();
  return { items: part === undefined ? found : found.filter(({ error }) => error?.toLowerCase().includes(part)) };
}

export async function overviewPlainly(hours: number, signal: Signal): Promise<Overview> {
  const untilDate = Date.now() / 1000;
  const fromDate = untilDate - hours * HOUR;
  const [{ executions, machineCount, isWhole }, activities] = await Promise.all([newest({}, signal), listActivities(undefined, signal)]);
  const started = executions.filter(({ startDate }) => startDate >= fromDate);
  const failures = started.filter(({ status }) => status === 'FAILED' || status === 'TIMED_OUT');
  const bucketSeconds = (hours * HOUR) / BUCKETS;
  const buckets = Array.from({ length: BUCKETS }, () => ({ started: 0, failed: 0 }));
  const machines = new Map<string, MachineCounts>();
  for (const { stateMachineArn, startDate, status } of started) {
    const bucket = buckets[Math.min(BUCKETS - 1, Math.floor((startDate - fromDate) / bucketSeconds))];
    const counts = machines.get(stateMachineArn) ?? { stateMachineArn, started: 0, failed: 0, running: 0, recent: [] };
    machines.set(stateMachineArn, counts);
    const failed = Number(status === 'FAILED' || status === 'TIMED_OUT');
    for (const of of [bucket, counts]) if (of !== undefined) [of.started, of.failed] = [of.started + 1, of.failed + failed];
    counts.running += Number(status === 'RUNNING');
    if (counts.recent.length < RECENT) counts.recent.push(status);
  }
  return {
    fromDate,
    untilDate,
    bucketSeconds,
    isWhole,
    machineCount,
    activityCount: activities.items.length,
    running: executions.filter(({ status }) => status === 'RUNNING').length,
    runningIsMore: !isWhole,
    buckets,
    machines: [...machines.values()],
    failures: await withReasons(failures.slice(0, FAILURES_SHOWN), signal),
  };
}

/** From the event after the last one that is `known` on: read from the end, as far as that one. */
export async function historyPlainly(executionArn: string, known: readonly HistoryEvent[], signal: Signal): Promise<HistoryEvent[]> {
  const last = known.at(-1)?.id ?? 0;
  const fresh: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const part = await getHistory({ executionArn, reverseOrder: last > 0, nextToken }, signal);
    fresh.push(...part.items.filter(({ id }) => id > last));
    nextToken = part.items.some(({ id }) => last > 0 && id <= last) ? undefined : part.nextToken;
  } while (nextToken !== undefined);
  return [...known, ...(last > 0 ? fresh.reverse() : fresh)];
}

/** AWS lists the executions of Standard machines, one machine at a time. */
async function newest({ machine, status }: ExecutionSearch, signal: Signal) {
  const machines = await listMachines(undefined, signal);
  const listed = machines.items.filter(({ type, stateMachineArn }) => type === 'STANDARD' && (machine ?? stateMachineArn) === stateMachineArn);
  const parts = await someAtOnce(listed, ({ stateMachineArn }) =>
    listExecutions({ stateMachineArn, statusFilter: status }, signal).catch((error: unknown) => unlessGone(error)),
  );
  return {
    executions: parts.flatMap(({ items }) => items).sort((one, other) => other.startDate - one.startDate),
    machineCount: machines.items.length,
    isWhole: machines.nextToken === undefined && parts.every(({ nextToken }) => nextToken === undefined),
  };
}

/** A machine may be deleted while the list of them is gone through. */
function unlessGone(error: unknown): Part<ExecutionItem> {
  if (isMissing(error)) return { items: [] };
  throw error;
}

/** LIMIT: executions that are asked for one by one why they failed; the newest. */
const REASONS_MAX = 50;

async function withReasons(executions: readonly ExecutionItem[], signal: Signal): Promise<FoundExecution[]> {
  const failed = executions.filter(({ status }) => status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED').slice(0, REASONS_MAX);
  const described = await someAtOnce(failed, ({ executionArn }) => describeExecution(executionArn, signal));
  const reasons = new Map(described.map(({ executionArn, error, cause }) => [executionArn, { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) }]));
  return executions.map((execution) => ({ ...execution, ...reasons.get(execution.executionArn) }));
}
