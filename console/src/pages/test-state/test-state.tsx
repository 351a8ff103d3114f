/**
 * Runs one state of a definition on data that is typed here, or was given to it in an execution, and shows
 * what becomes of the data on its way through the state. Nothing is created.
 */
import '../../app/editing.css';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { describeMachine, testState } from '../../api/operations.ts';
import type { TestRequest } from '../../api/operations.ts';
import type { Machine } from '../../api/types.ts';
import type { TestStateSearch } from '../../app/router.tsx';
import { parseDefinition, statesOf } from '../../graph/model.ts';
import { useExecution } from '../../live/use-execution.ts';
import { runOf } from '../../run/replay.ts';
import { SAMPLES } from '../../samples/samples.ts';
import { Button, Container, ContentLayout, FormField, Header, Input, SegmentedControl, Select, SpaceBetween } from '../../ui/cloudscape.ts';
import { Failure, Refusal, Waiting } from '../../ui/failure.tsx';
import { pretty } from '../../ui/format.ts';
import { LazyCode } from '../../ui/lazy-code.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { useMachines } from '../../ui/use-rows.ts';
import { mistakeIn } from '../machine/start.tsx';
import { Steps } from './steps.tsx';

interface TestStatePageProps {
  search: TestStateSearch;
  onSearch: (search: TestStateSearch) => void;
}

export function TestStatePage({ search, onSearch }: TestStatePageProps) {
  const { machine, execution } = search;
  const query = useQuery({
    queryKey: ['machine', machine],
    queryFn: ({ signal }) => describeMachine(machine ?? '', signal),
    enabled: machine !== undefined,
  });
  if (query.isError) return <Failure what="state machine" error={query.error} onRetry={() => void query.refetch()} />;
  if (machine !== undefined && query.data === undefined) return <Waiting what="the state machine" />;
  const common = { search, onSearch, machine: query.data };
  return execution === undefined ? <Bench key={machine} {...common} /> : <WithPast key={`${execution} ${search.visit}`} {...common} execution={execution} />;
}

interface BenchProps extends TestStatePageProps {
  machine: Machine | undefined;
  /** What an execution gave to the state, to begin with. */
  input?: string | undefined;
  /** The definition that the execution ran by. */
  definition?: string | undefined;
}

function WithPast({ execution: arn, ...props }: BenchProps & { execution: string }) {
  const { definition, events, isWhole, error, retry } = useExecution(arn);
  const visit = useMemo(
    () => (events === undefined ? undefined : runOf(events, () => undefined).visits.find(({ id }) => id === props.search.visit)),
    [events, props.search.visit],
  );
  if (error !== null) return <Failure what="execution" error={error} onRetry={retry} />;
  if (!isWhole || definition === undefined) return <Waiting what="the execution" />;
  return <Bench {...props} input={visit?.input} definition={definition.definition} />;
}

type MockKind = 'none' | 'result' | 'error';

const OWN = { value: '', label: 'A definition of your own' };
const MOCKS = [
  { id: 'none', text: 'None' },
  { id: 'result', text: 'Result' },
  { id: 'error', text: 'Error' },
];

function Bench({ search, onSearch, machine, input, definition }: BenchProps) {
  const [source, setSource] = useState(() => pretty(definition ?? machine?.definition ?? SAMPLES[0]?.definition ?? ''));
  const [given, setGiven] = useState(() => pretty(input ?? '{}'));
  const [variables, setVariables] = useState('');
  const [context, setContext] = useState('');
  const [mock, setMock] = useState<MockKind>('none');
  const [result, setResult] = useState('{}');
  const [error, setError] = useState('');
  const [cause, setCause] = useState('');
  const machines = useMachines();
  const names = useMemo(() => [...new Set([...statesOf(parseDefinition(source).root)].map(({ name }) => name))], [source]);
  const name = names.find((known) => known === search.state) ?? names[0];
  const test = useMutation({
    mutationFn: () =>
      testState({
        definition: source,
        ...(name === undefined ? {} : { stateName: name }),
        ...(machine === undefined ? {} : { roleArn: machine.roleArn }),
        input: given,
        ...(variables.trim() === '' ? {} : { variables }),
        ...(context.trim() === '' ? {} : { context }),
        ...mocked(mock, result, error, cause),
        inspectionLevel: 'DEBUG',
      }),
  });
  const outcome = useRef<HTMLDivElement>(null);
  // On a narrow page it stands below what was asked.
  useEffect(() => {
    if (test.submittedAt > 0 && !test.isPending) outcome.current?.scrollIntoView({ block: 'nearest' });
  }, [test.submittedAt, test.isPending]);
  const mistake = mistakeIn(given);
  const options = [OWN, ...machines.map(({ stateMachineArn, name: label }) => ({ value: stateMachineArn, label }))];
  const stateOptions = names.map((value) => ({ value, label: value }));
  return (
    <ContentLayout
      header={
        <PageHeader
          title="Test a state"
          description="Runs one state alone, on the data given here. Nothing is saved. A Task without a mock does its work: its service is called."
          actions={
            <Button variant="primary" disabled={mistake !== undefined} loading={test.isPending} onClick={() => test.mutate()}>
              Test state
            </Button>
          }
        />
      }
    >
      <div className="bench">
        <Container header={<Header variant="h2">State and data</Header>}>
          <SpaceBetween size="m">
            <div className="bench-row">
              <FormField label="State machine">
                <Select
                  ariaLabel="State machine"
                  options={options}
                  selectedOption={options.find(({ value }) => value === (search.machine ?? '')) ?? { value: search.machine ?? '', label: machine?.name ?? '' }}
                  {...(options.length > 10 ? { filteringType: 'auto' as const, filteringAriaLabel: 'Find a state machine' } : {})}
                  onChange={({ detail }) => {
                    const chosen = detail.selectedOption.value;
                    onSearch(chosen === undefined || chosen === '' ? {} : { machine: chosen });
                  }}
                />
              </FormField>
              <FormField label="State">
                <Select
                  ariaLabel="State"
                  placeholder="The only one"
                  options={stateOptions}
                  selectedOption={stateOptions.find(({ value }) => value === name) ?? null}
                  onChange={({ detail }) => onSearch({ ...search, state: detail.selectedOption.value ?? '' })}
                />
              </FormField>
            </div>
            <FormField label="Definition" description="What is changed here stays here." stretch>
              <LazyCode value={source} label="Definition" onChange={setSource} isDefinition height="200px" />
            </FormField>
            <FormField label="Input" errorText={mistake ?? ''} stretch>
              <LazyCode value={given} label="Input" onChange={setGiven} height="120px" />
            </FormField>
            <div className="bench-row">
              <FormField label="Variables" description="Optional: an object." stretch>
                <LazyCode value={variables} label="Variables" onChange={setVariables} height="80px" />
              </FormField>
              <FormField label="Context object" description="Optional, with a mock: an object." stretch>
                <LazyCode value={context} label="Context object" onChange={setContext} height="80px" />
              </FormField>
            </div>
            <FormField label="Mock" description="What the work of a Task, Map or Parallel is taken to give.">
              <SegmentedControl label="Mock" selectedId={mock} options={MOCKS} onChange={({ detail }) => setMock(detail.selectedId as MockKind)} />
            </FormField>
            {mock === 'result' && (
              <FormField label="Mocked result" stretch>
                <LazyCode value={result} label="Mocked result" onChange={setResult} height="100px" />
              </FormField>
            )}
            {mock === 'error' && (
              <div className="bench-row">
                <FormField label="Mocked error">
                  <Input value={error} ariaLabel="Mocked error" placeholder="States.TaskFailed" onChange={({ detail }) => setError(detail.value)} />
                </FormField>
                <FormField label="Mocked cause">
                  <Input value={cause} ariaLabel="Mocked cause" onChange={({ detail }) => setCause(detail.value)} />
                </FormField>
              </div>
            )}
          </SpaceBetween>
        </Container>
        <div ref={outcome}>
          <Container header={<Header variant="h2">What becomes of it</Header>}>
            {test.isError ? (
              <Refusal header="The state could not be tested" error={test.error} />
            ) : (
              <Steps result={test.data} />
            )}
          </Container>
        </div>
      </div>
    </ContentLayout>
  );
}

function mocked(kind: MockKind, result: string, error: string, cause: string): Pick<TestRequest, 'mock'> {
  switch (kind) {
    case 'none':
      return {};
    case 'result':
      return { mock: { result } };
    case 'error':
      return { mock: { errorOutput: { error, cause } } };
  }
}
