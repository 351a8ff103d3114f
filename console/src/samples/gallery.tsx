/** The samples as cards, each with its picture and one button that creates and runs it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useNotices } from '../app/notices.tsx';
import { paths } from '../app/paths.ts';
import { draw } from '../graph/draw.ts';
import { layout } from '../graph/layout.ts';
import { parseDefinition } from '../graph/model.ts';
import { elementOf } from '../graph-view/shape-element.tsx';
import { Box, Button, Container, Header, SpaceBetween } from '../ui/cloudscape.ts';
import { useGo } from '../ui/page-link.tsx';
import { runSample } from './run-sample.ts';
import { SAMPLES } from './samples.ts';
import type { Sample } from './samples.ts';

/** `heading`: the rank of the cards' titles among the page's headings. */
export function Gallery({ heading }: { heading: 'h2' | 'h3' }) {
  const go = useGo();
  const { refuse } = useNotices();
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: runSample,
    onSuccess: (executionArn) => {
      void client.invalidateQueries({ queryKey: ['machines'] });
      go(paths.execution(executionArn));
    },
    onError: (error) => refuse('The sample could not be run', error),
  });
  return (
    <div className="gallery">
      {SAMPLES.map((sample) => (
        <Card
          key={sample.name}
          sample={sample}
          heading={heading}
          isRunning={run.isPending && run.variables === sample}
          onRun={() => run.mutate(sample)}
        />
      ))}
    </div>
  );
}

interface CardProps {
  sample: Sample;
  heading: 'h2' | 'h3';
  isRunning: boolean;
  onRun: () => void;
}

function Card({ sample, heading, isRunning, onRun }: CardProps) {
  return (
    <Container fitHeight header={<Header variant="h3" headingTagOverride={heading}>{sample.title}</Header>} footer={
      <Button iconName="caret-right-filled" loading={isRunning} onClick={onRun} ariaLabel={`Create and run ${sample.title}`}>
        Create and run
      </Button>
    }>
      <SpaceBetween size="s">
        <Picture sample={sample} />
        <Box color="text-body-secondary">{sample.about}</Box>
      </SpaceBetween>
    </Container>
  );
}

function Picture({ sample }: { sample: Sample }) {
  const { placed, drawing } = useMemo(() => {
    const laidOut = layout(parseDefinition(sample.definition));
    return { placed: laidOut, drawing: draw(laidOut) };
  }, [sample]);
  return (
    <svg className="g gallery-picture" viewBox={`0 0 ${placed.width} ${placed.height}`} role="img" aria-label={`The states of ${sample.title}`}>
      {drawing.states.map(({ shape, placed: { state } }) => elementOf(shape, state.id))}
      {drawing.transitions.map(elementOf)}
      {drawing.ends.map(elementOf)}
    </svg>
  );
}
