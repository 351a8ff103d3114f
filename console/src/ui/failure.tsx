/** What a page shows when what it is about cannot be read. */
import { isMissing } from '../api/client.ts';
import { messageOf } from '../app/notices.tsx';
import { Alert, Button } from './cloudscape.ts';

export function Failure({ what, error, onRetry }: { what: string; error: unknown; onRetry: () => void }) {
  const header = isMissing(error) ? `There is no such ${what}` : `The ${what} could not be read`;
  return (
    <Alert type="error" header={header} action={<Button onClick={onRetry}>Try again</Button>}>
      {messageOf(error)}
    </Alert>
  );
}
