/** For an address that leads nowhere. */
import { paths } from '../app/paths.ts';
import { Alert, ContentLayout, Header } from '../ui/cloudscape.ts';
import { PageLink } from '../ui/page-link.tsx';

export function NotFoundPage() {
  return (
    <ContentLayout header={<Header variant="h1">There is no such page</Header>}>
      <Alert type="warning">
        The console begins at <PageLink to={paths.overview()}>its overview</PageLink>.
      </Alert>
    </ContentLayout>
  );
}
