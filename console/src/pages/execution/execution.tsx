/**
 * One execution: what it is and was, at the end or at any moment before.
 *
 * INVARIANT: what is shown follows from the events up to one of them (`t`) and from what is selected; both are
 * in the address.
 */
import { memo, useMemo } from 'react';
import type { Execution, ExecutionDefinition, HistoryEvent } from '../../api/types.ts';
import { useKeys } from '../../app/keys.ts';
import { machineOf, paths } from '../../app/paths.ts';
import type { ExecutionSearch } from '../../app/router.tsx';
import { parseDefinition, stateNamed } from '../../graph/model.ts';
import { useExecution } from '../../live/use-execution.ts';
import { colouringOf } from '../../run/colouring.ts';
import { Replay } from '../../run/replay.ts';
import type { Visit } from '../../run/run.ts';
import { SegmentedControl, SpaceBetween } from '../../ui/cloudscape.ts';
import { Failure, Waiting } from '../../ui/failure.tsx';
import { nameOf } from '../../ui/format.ts';
import { GraphView } from '../../graph-view/graph-view.tsx';
import { Trail } from '../machine/machine.tsx';
import { Details } from './details.tsx';
import { EventRows } from './event-rows.tsx';
import { ExecutionHeader } from './header.tsx';
import { picksOf, visitIn } from './selection.ts';
import { placeOf, Scrubber, stepped } from './scrubber.tsx';
import { VisitTable } from './visit-table.tsx';
import { Timeline } from './timeline.tsx';
import { WhyCard } from './why.tsx';

interface ExecutionPageProps {
  arn: string;
  search: ExecutionSearch;
  onSearch: (change: (search: ExecutionSearch) => ExecutionSearch) => void;
}

export function ExecutionPage({ arn, search, onSearch }: ExecutionPageProps) {
  const { execution, definition, events, error, retry } = useExecution(arn);
  if (error !== null) return <Failure what="execution" error={error} onRetry={retry} />;
  if (execution === undefined || definition === undefined || events === undefined) return <Waiting what="the execution" />;
  return <ExecutionView execution={execution} definition={definition} events={events} search={search} onSearch={onSearch} />;
}

interface ExecutionViewProps extends Omit<ExecutionPageProps, 'arn'> {
  execution: Execution;
  definition: ExecutionDefinition;
  events: readonly HistoryEvent[];
  /** Read from a file: there may be no such execution here. */
  isFile?: boolean;
}

const VIEWS = [
  { id: 'graph', text: 'Graph' },
  { id: 'table', text: 'Table' },
  { id: 'timeline', text: 'Timeline' },
  { id: 'events', text: 'Events' },
];

export function ExecutionView({ execution, definition, events, search, onSearch, isFile = false }: ExecutionViewProps) {
  const model = useMemo(() => parseDefinition(definition.definition), [definition.definition]);
  const replay = useMemo(() => new Replay((name) => stateNamed(model.root, name)?.detail), [model]);
  const place = placeOf(events, search.t);
  const shown = useMemo(() => (place === events.length ? events : events.slice(0, place)), [events, place]);
  const run = useMemo(() => replay.at(events, place), [replay, events, place]);
  const visit = visitIn(run, search);
  const picks = useMemo(() => picksOf(visit, search.visit !== undefined), [visit, search.visit]);
  const colouring = useMemo(() => colouringOf(run, model, picks), [run, model, picks]);
  const selected = search.state === undefined ? undefined : stateNamed(model.root, search.state);
  const machineArn = machineOf(execution.executionArn);

  const selectState = (name: string | undefined) =>
    onSearch(({ state: _state, visit: _visit, ...rest }) => (name === undefined ? rest : { ...rest, state: name }));
  const selectVisit = (chosen: Visit) => onSearch((now) => ({ ...now, state: chosen.name, visit: chosen.id }));
  const view = search.view ?? 'graph';
  const moveTo = (t: number | undefined) => onSearch(({ t: _t, ...rest }) => (t === undefined ? rest : { ...rest, t }));
  useKeys({ '[': () => moveTo(stepped(events, search.t, -1)), ']': () => moveTo(stepped(events, search.t, 1)) });
  return (
    <>
      {!isFile && <Trail name={nameOf(machineArn)} href={paths.machine(machineArn)} last={execution.name} />}
      <SpaceBetween size="m">
        <ExecutionHeader execution={execution} definition={definition} events={events} machineArn={machineArn} isFile={isFile} />
        <WhyCard run={run} isNow={search.t === undefined} onShow={selectVisit} />
        <div className="views">
          <Views view={view} onSearch={onSearch} />
          <Scrubber events={events} at={search.t} onChange={moveTo} />
        </div>
        <div className={execution.status === 'SUCCEEDED' || execution.status === 'RUNNING' ? 'run' : 'run run-with-why'}>
          <div className="run-main">
            {view === 'graph' && (
              <GraphView
                definition={model}
                label="States of the execution"
                colouring={colouring}
                selected={selected?.id}
                onSelect={(id) => selectState(nameOfState(id))}
                height="100%"
              />
            )}
            {view === 'table' && <VisitTable run={run} selected={visit} onSelect={selectVisit} />}
            {view === 'timeline' && <Timeline run={run} selected={visit} onSelect={selectVisit} />}
            {view === 'events' && <EventRows events={shown} run={run} onSelect={selectVisit} />}
          </div>
          <Details
            execution={execution}
            source={definition.definition}
            events={shown}
            run={run}
            state={selected}
            visit={visit}
            isNow={search.t === undefined}
            testHref={isFile || visit === undefined ? undefined : testHref(execution, machineArn, visit)}
            onSelect={selectVisit}
            onClose={() => selectState(undefined)}
          />
        </div>
      </SpaceBetween>
    </>
  );
}

const Views = memo(function Views({ view, onSearch }: { view: string; onSearch: ExecutionPageProps['onSearch'] }) {
  return (
    <SegmentedControl
      label="View"
      selectedId={view}
      options={VIEWS}
      onChange={({ detail }) => onSearch((now) => ({ ...now, view: detail.selectedId as NonNullable<ExecutionSearch['view']> }))}
    />
  );
});

/** The bench, with what the state was given. */
function testHref({ executionArn }: Execution, machine: string, visit: Visit): string {
  return paths.testState({ machine, state: visit.name, execution: executionArn, visit: String(visit.id) });
}

/** The name is what follows the last slash that ends a scope; names may have slashes themselves. */
function nameOfState(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const scopeEnd = id.lastIndexOf(']/');
  return scopeEnd < 0 ? id.slice(1) : id.slice(scopeEnd + 2);
}
