/** For an address that leads nowhere. */
import { paths } from '../app/paths.ts';
import { Alert, ContentLayout } from '../ui/cloudscape.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { PageLink } from '../ui/page-link.tsx';

export function NotFoundPage() {
  return (
    <ContentLayout header={<PageHeader title="There is no such page" />}>
      <Alert type="warning">
        The console begins at <PageLink to={paths.overview()}>its overview</PageLink>.
      </Alert>
    </ContentLayout>
  );
}
