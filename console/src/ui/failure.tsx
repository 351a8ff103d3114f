/** What cannot be read, was refused, or is still being read: said in the same way everywhere. */
import { isMissing } from '../api/client.ts';
import { messageOf } from '../app/notices.tsx';
import { Alert, Box, Button, Spinner } from './cloudscape.ts';

interface FailureProps {
  what: string;
  error: unknown;
  onRetry: () => void;
  /** It stands for a whole page, which has a heading. */
  isPage?: boolean;
}

/** In the place of what it is about. */
export function Failure({ what, error, onRetry, isPage = true }: FailureProps) {
  const header = isMissing(error) ? `There is no such ${what}` : `The ${what} could not be read`;
  const alert = (
    <Alert type="error" {...(isPage ? {} : { header })} action={<Button onClick={onRetry}>Try again</Button>}>
      {messageOf(error)}
    </Alert>
  );
  if (!isPage) return alert;
  return (
    <>
      <Box variant="h1" margin={{ bottom: 's' }}>
        {header}
      </Box>
      {alert}
    </>
  );
}

/** Above what somebody tried to do. */
export function Refusal({ header, error }: { header: string; error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert type="error" header={header}>
      <span className="refusal">{messageOf(error)}</span>
    </Alert>
  );
}

/** A page of which nothing is known yet. */
export function Waiting({ what }: { what: string }) {
  return (
    <div className="waiting" role="status">
      <Spinner size="large" />
      <span>Reading {what}</span>
    </div>
  );
}
