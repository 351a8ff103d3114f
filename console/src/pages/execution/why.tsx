/** Why an execution did not succeed: the state, its error and cause, what it tried, and the way there. */
import type { Run, Visit } from '../../run/run.ts';
import { Alert, Button } from '../../ui/cloudscape.ts';
import { duration } from '../../ui/format.ts';

interface WhyCardProps {
  run: Run;
  /** False while an earlier moment is looked at. */
  isNow: boolean;
  onShow: (visit: Visit) => void;
}

const TITLES: Record<string, string> = { failed: 'failed', timedout: 'timed out', aborted: 'was stopped' };

export function WhyCard({ run, isNow, onShow }: WhyCardProps) {
  const how = TITLES[run.outcome ?? ''];
  if (!isNow || how === undefined) return null;
  const { failed } = run;
  const error = run.error ?? failed?.error;
  return (
    <Alert
      type={run.outcome === 'aborted' ? 'warning' : 'error'}
      header={failed === undefined ? `The execution ${how}` : `The execution ${how} in ${failed.name}`}
      action={failed === undefined ? undefined : <Button onClick={() => onShow(failed)}>Show {failed.name}</Button>}
    >
      {error !== undefined && <div className="why-error">{error}</div>}
      {run.cause !== undefined && <div className="why-cause">{run.cause}</div>}
      {failed !== undefined && <div>{story(failed)}</div>}
      {error === undefined && run.cause === undefined && run.outcome === 'aborted' && <div>No cause was given.</div>}
    </Alert>
  );
}

/** One sentence: how often it was tried, for how long, and what it was given is one click away. */
function story(visit: Visit): string {
  const took = visit.exitedAt === undefined ? '' : ` after ${duration(visit.exitedAt - visit.enteredAt)}`;
  const attempts = visit.attempts.length;
  const tried = attempts > 1 ? `It was tried ${attempts} times and given up${took}.` : '';
  const inside = visit.parent === undefined ? '' : `It runs inside ${visit.parent.name}${visit.iteration === undefined ? '' : `, item ${visit.iteration}`}.`;
  return [tried, inside].filter((part) => part !== '').join(' ');
}
