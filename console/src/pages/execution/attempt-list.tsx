/** Each attempt of a visit: how long, what came of it, and the pause before the next. */
import type { Visit } from '../../run/run.ts';
import { Box } from '../../ui/cloudscape.ts';
import { duration, words } from '../../ui/format.ts';
import { Mark } from '../../ui/status.tsx';

const TYPES = { running: 'in-progress', succeeded: 'success', failed: 'error', 'timed-out': 'error' } as const;

export function AttemptList({ visit }: { visit: Visit }) {
  return (
    <ol className="attempts">
      {visit.attempts.map((attempt, index) => {
        const next = visit.attempts[index + 1];
        const pause = next === undefined || attempt.endedAt === undefined ? undefined : next.startedAt - attempt.endedAt;
        return (
          <li key={attempt.startedAt}>
            <Mark type={TYPES[attempt.status]}>{words(attempt.status.replace('-', ' '))}</Mark>{' '}
            <span className="quiet">
              {duration(attempt.endedAt === undefined ? undefined : attempt.endedAt - attempt.startedAt)}
            </span>
            {attempt.error !== undefined && <div className="why-error">{attempt.error}</div>}
            {attempt.cause !== undefined && <div className="why-cause">{attempt.cause}</div>}
            {pause !== undefined && <Box color="text-body-secondary">tried again after {duration(pause)}</Box>}
          </li>
        );
      })}
    </ol>
  );
}
