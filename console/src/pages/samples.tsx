/** The gallery of samples. */
import { Gallery } from '../samples/gallery.tsx';
import { ContentLayout, Header } from '../ui/cloudscape.ts';

export function SamplesPage() {
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="Each runs as it is, on this server alone. Create one, watch it, then change it.">
          Samples
        </Header>
      }
    >
      <Gallery heading="h2" />
    </ContentLayout>
  );
}
