/** What is known of the selected state and visit; of the whole execution while nothing is selected. */
import { memo, useMemo } from 'react';
import type { Execution, HistoryEvent } from '../../api/types.ts';
import type { State } from '../../graph/model.ts';
import type { Run, Visit } from '../../run/run.ts';
import { Box, Button, Container, FormField, Header, KeyValuePairs, Select, SpaceBetween, Tabs } from '../../ui/cloudscape.ts';
import { duration, moment } from '../../ui/format.ts';
import { JsonView } from '../../ui/json-view.tsx';
import { useGo } from '../../ui/page-link.tsx';
import { ExecutionStatusMark, StateStatusMark } from '../../ui/status.tsx';
import { AttemptList } from './attempt-list.tsx';
import { EventRows } from './event-rows.tsx';
import { IterationPicker } from './iteration-picker.tsx';
import { visitLabel } from './selection.ts';

interface DetailsProps {
  execution: Execution;
  source: string;
  events: readonly HistoryEvent[];
  run: Run;
  state: State | undefined;
  visit: Visit | undefined;
  /** False while an earlier moment is looked at: then it ran. */
  isNow: boolean;
  /** Where the state can be tested on what it was given. */
  testHref: string | undefined;
  onSelect: (visit: Visit) => void;
  onClose: () => void;
}

export function Details(props: DetailsProps) {
  return (
    <div className="run-details">
      {props.state === undefined ? <OfExecution execution={props.execution} isNow={props.isNow} /> : <OfState {...props} state={props.state} />}
    </div>
  );
}

const OfExecution = memo(function OfExecution({ execution, isNow }: { execution: Execution; isNow: boolean }) {
  return (
    <Container
      header={
        <Header variant="h2" info={<ExecutionStatusMark status={isNow ? execution.status : 'RUNNING'} />}>
          Execution
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Box color="text-body-secondary">Select a state to see what it was given and what it made of it.</Box>
        <Labelled title="Input">
          <JsonView text={execution.input} label="input of the execution" />
        </Labelled>
        <Labelled title="Output">
          <JsonView text={isNow ? execution.output : undefined} label="output of the execution" />
        </Labelled>
      </SpaceBetween>
    </Container>
  );
});

function OfState({ source, events, run, state, visit, testHref, onSelect, onClose }: DetailsProps & { state: State }) {
  const go = useGo();
  const own = useMemo(
    () => (visit === undefined ? [] : events.filter((event) => run.visitOf(event.id) === visit)),
    [events, run, visit],
  );
  const tabs = [
    { id: 'data', label: 'Data', content: <Data visit={visit} /> },
    {
      id: 'definition',
      label: 'Definition',
      content: <JsonView text={source.slice(state.place.start, state.place.end)} label={`definition of ${state.name}`} />,
    },
    {
      id: 'events',
      label: `Events (${own.length})`,
      content: (
        <div className="details-events">
          <EventRows events={own} run={run} onSelect={onSelect} />
        </div>
      ),
    },
  ];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={state.detail === undefined ? (state.type ?? '') : `${state.type ?? ''} · ${state.detail}`}
          info={visit && <StateStatusMark status={visit.status} />}
          actions={<Button variant="icon" iconName="close" ariaLabel="Show the whole execution" onClick={onClose} />}
        >
          <span className="details-name">{state.name}</span>
        </Header>
      }
    >
      <SpaceBetween size="m">
        {visit === undefined ? (
          <Box color="text-body-secondary">It has not been entered.</Box>
        ) : (
          <SpaceBetween size="m">
            <VisitPicker run={run} visit={visit} onSelect={onSelect} />
            <IterationPicker run={run} map={visit} onSelect={onSelect} />
            <KeyValuePairs
              columns={2}
              items={[
                { label: 'Entered', value: moment(visit.enteredAt) },
                { label: 'Duration', value: duration(visit.exitedAt === undefined ? undefined : visit.exitedAt - visit.enteredAt) },
              ]}
            />
            {testHref !== undefined && (
              <Button variant="inline-link" onClick={() => go(testHref)}>
                Test this state with this input
              </Button>
            )}
            {visit.error !== undefined && (
              <div className="state-error">
                <b>{visit.error}</b>
                {visit.cause !== undefined && <div className="why-cause">{visit.cause}</div>}
              </div>
            )}
          </SpaceBetween>
        )}
        <Tabs tabs={tabs} />
      </SpaceBetween>
    </Container>
  );
}

function Data({ visit }: { visit: Visit | undefined }) {
  if (visit === undefined) return <Box color="text-body-secondary">Nothing was given to it.</Box>;
  return (
    <SpaceBetween size="m">
      {visit.attempts.length > 1 && (
        <Labelled title={`${visit.attempts.length} attempts`}>
          <AttemptList visit={visit} />
        </Labelled>
      )}
      <Labelled title="Input">
        <JsonView text={visit.input} label="input" />
      </Labelled>
      {visit.parameters !== undefined && (
        <Labelled title="Given to the task">
          <JsonView text={visit.parameters} label="what was given to the task" />
        </Labelled>
      )}
      <Labelled title="Output">
        <JsonView text={visit.output} label="output" />
      </Labelled>
      {visit.assigned !== undefined && Object.keys(visit.assigned).length > 0 && (
        <Labelled title="Variables assigned">
          <JsonView text={assignedText(visit.assigned)} label="variables" />
        </Labelled>
      )}
    </SpaceBetween>
  );
}

/** Values of variables are JSON texts; put together they are one object. */
function assignedText(assigned: Readonly<Record<string, string>>): string {
  return `{${Object.entries(assigned)
    .map(([name, value]) => `${JSON.stringify(name)}: ${value}`)
    .join(', ')}}`;
}

function VisitPicker({ run, visit, onSelect }: { run: Run; visit: Visit; onSelect: (visit: Visit) => void }) {
  const visits = run.visits.filter((candidate) => candidate.name === visit.name);
  if (visits.length < 2) return null;
  const options = visits.map((candidate, index) => ({
    value: String(candidate.id),
    label: visitLabel(candidate, index + 1),
    description: candidate.status,
  }));
  return (
    <FormField label={`Entered ${visits.length} times`}>
      <Select
        ariaLabel="Visit"
        options={options}
        selectedOption={options.find((option) => option.value === String(visit.id)) ?? null}
        {...(visits.length > 10 ? { filteringType: 'auto' as const, filteringAriaLabel: 'Find a visit' } : {})}
        onChange={({ detail }) => {
          const chosen = visits.find((candidate) => String(candidate.id) === detail.selectedOption.value);
          if (chosen !== undefined) onSelect(chosen);
        }}
      />
    </FormField>
  );
}

export function Labelled({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <Box variant="awsui-key-label">{title}</Box>
      {children}
    </div>
  );
}
