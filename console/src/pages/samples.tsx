/** The gallery of samples. */
import { Gallery } from '../samples/gallery.tsx';
import { ContentLayout } from '../ui/cloudscape.ts';
import { PageHeader } from '../ui/page-header.tsx';

export function SamplesPage() {
  return (
    <ContentLayout
      header={<PageHeader title="Samples" description="Each runs as it is, on this server alone. Create one, watch it, then change it." />}
    >
      <Gallery heading="h2" />
    </ContentLayout>
  );
}
