/** For an address that leads nowhere. */
import { paths } from '../app/paths.ts';
import { Alert } from '../ui/cloudscape.ts';
import { PageLink } from '../ui/page-link.tsx';

export function NotFoundPage() {
  return (
    <Alert type="warning" header="There is no such page">
      The console begins at <PageLink to={paths.machines()}>the state machines</PageLink>.
    </Alert>
  );
}
