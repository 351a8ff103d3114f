/** Counts over time as bars, and the last runs of a machine as a row of marks. */
import type { ExecutionStatus, Overview } from '../../api/types.ts';
import { moment, words } from '../../ui/format.ts';

const HEIGHT = 120;
const STEP = 20;
const BAR = 14;

export function Bars({ overview: { buckets, fromDate, untilDate, bucketSeconds } }: { overview: Overview }) {
  const most = Math.max(1, ...buckets.map(({ started }) => started));
  const started = buckets.reduce((sum, bucket) => sum + bucket.started, 0);
  const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const height = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT));
  return (
    <figure className="bars">
      <div className="bars-most quiet" aria-hidden="true">
        {most.toLocaleString()}
      </div>
      <svg
        viewBox={`0 0 ${buckets.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${started.toLocaleString()} executions were started, ${failed.toLocaleString()} of them failed`}
      >
        {buckets.map((bucket, index) => {
          const left = index * STEP + (STEP - BAR) / 2;
          const [all, bad] = [height(bucket.started), height(bucket.failed)];
          const at = moment(fromDate + index * bucketSeconds);
          return (
            <g key={index}>
              <title>{`${at}: ${bucket.started} started, ${bucket.failed} failed`}</title>
              <rect className="bars-room" x={index * STEP} y={0} width={STEP} height={HEIGHT} />
              <rect className="bars-started" x={left} y={HEIGHT - all} width={BAR} height={all} />
              <rect className="bars-failed" x={left} y={HEIGHT - bad} width={BAR} height={bad} />
            </g>
          );
        })}
      </svg>
      <div className="bars-times quiet">
        <span>{moment(fromDate)}</span>
        <span className="bars-key">
          <i className="bars-key-started" /> started <i className="bars-key-failed" /> failed
        </span>
        <span>{moment(untilDate)}</span>
      </div>
    </figure>
  );
}

const MARKS: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: '▸',
  SUCCEEDED: '✓',
  FAILED: '✕',
  TIMED_OUT: '✕',
  ABORTED: '■',
  PENDING_REDRIVE: '·',
};

/** LIMIT: marks in a row of a table; more would push other columns out. */
const MARKS_MAX = 10;

/** The newest ones; the oldest of them on the left, as time goes. */
export function Recent({ statuses: all }: { statuses: readonly ExecutionStatus[] }) {
  const statuses = all.slice(0, MARKS_MAX);
  if (statuses.length === 0) return '–';
  const counts = new Map<ExecutionStatus, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  const summary = [...counts].map(([status, count]) => `${count} ${words(status).toLowerCase()}`).join(', ');
  return (
    <span className="recent" role="img" aria-label={`Last ${statuses.length}: ${summary}`} title={summary}>
      {[...statuses].reverse().map((status, index) => (
        <span key={index} className={`recent-mark recent-${status.toLowerCase()}`}>
          {MARKS[status]}
        </span>
      ))}
    </span>
  );
}
