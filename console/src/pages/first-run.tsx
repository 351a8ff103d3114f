/** What a server without state machines shows: the ways to begin. */
import { paths } from '../app/paths.ts';
import { Gallery } from '../samples/gallery.tsx';
import { Box, Button, Container, ContentLayout, Header, SpaceBetween } from '../ui/cloudscape.ts';
import { Copied } from '../ui/copied.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { useGo } from '../ui/page-link.tsx';

export function FirstRun() {
  const go = useGo();
  const command = `aws --endpoint-url ${window.location.origin} stepfunctions list-state-machines`;
  return (
    <ContentLayout
      header={
        <PageHeader title="Welcome to Stairway" description="This server has no state machines yet. Three ways to begin:" />
      }
    >
      <SpaceBetween size="l">
        <div className="begin">
          <Container fitHeight header={<Header variant="h2">Write your own</Header>}>
            <SpaceBetween size="s">
              <Box color="text-body-secondary">Code and graph side by side; the graph follows what you type.</Box>
              <Button variant="primary" onClick={() => go(paths.newMachine())}>
                Create state machine
              </Button>
            </SpaceBetween>
          </Container>
          <Container fitHeight header={<Header variant="h2">Use the AWS CLI or an SDK</Header>}>
            <SpaceBetween size="s">
              <Box color="text-body-secondary">Everything you know works; only the endpoint changes.</Box>
              <Copied text={command} what="the command" />
            </SpaceBetween>
          </Container>
        </div>
        <Header variant="h2" description="One click creates the state machine, starts it and shows it run.">
          Start from a sample
        </Header>
        <Gallery heading="h3" />
      </SpaceBetween>
    </ContentLayout>
  );
}
