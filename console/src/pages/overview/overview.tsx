/** What this server has done lately: how much was started, what failed, what runs now, machine by machine. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { readOverview } from '../../api/extras.ts';
import type { FoundExecution, MachineCounts, Overview } from '../../api/types.ts';
import { machineName, machineOf, paths } from '../../app/paths.ts';
import type { OverviewSearch } from '../../app/router.tsx';
import { useListPace } from '../../live/use-lists.ts';
import { Container, ContentLayout, Header, SegmentedControl, SpaceBetween, Table } from '../../ui/cloudscape.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Failure, Waiting } from '../../ui/failure.tsx';
import { moment, nameOf } from '../../ui/format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { ExecutionName, PageLink } from '../../ui/page-link.tsx';
import { ExecutionStatusMark } from '../../ui/status.tsx';
import { Bars, Recent } from './bars.tsx';

/** With the pictures of the samples, which only an empty server shows here. */
const FirstRun = lazy(async () => ({ default: (await import('../first-run.tsx')).FirstRun }));

interface OverviewPageProps {
  search: OverviewSearch;
  onSearch: (search: OverviewSearch) => void;
}

const WINDOWS = [
  { id: '1', text: 'Hour' },
  { id: '24', text: 'Day' },
  { id: '168', text: 'Week' },
];
const DAY = 24;
/** LIMIT: machines in the table; the busiest ones. */
const MACHINES_SHOWN = 12;

export function OverviewPage({ search, onSearch }: OverviewPageProps) {
  const hours = WINDOWS.some(({ id }) => id === String(search.hours)) ? (search.hours ?? DAY) : DAY;
  const query = useQuery({
    queryKey: ['overview', hours],
    queryFn: ({ signal }) => readOverview(hours, signal),
    refetchInterval: useListPace(),
    placeholderData: keepPreviousData,
  });
  if (query.isError && query.data === undefined) {
    return <Failure what="overview" error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data === undefined) return <Waiting what="the overview" />;
  if (query.data.machineCount === 0) return <FirstRun />;
  return (
    <ContentLayout
      header={
        <PageHeader
          title="Overview"
          actions={
            <SegmentedControl
              label="Window of time"
              selectedId={String(hours)}
              options={WINDOWS}
              onChange={({ detail }) => onSearch(detail.selectedId === String(DAY) ? {} : { hours: Number(detail.selectedId) })}
            />
          }
        />
      }
    >
      <SpaceBetween size="l">
        <Figures overview={query.data} hours={hours} />
        <Container header={<Header variant="h2">Executions started</Header>}>
          <Bars overview={query.data} />
        </Container>
        <div className="overview-lists">
          <Machines machines={query.data.machines} />
          <Failures failures={query.data.failures} />
        </div>
      </SpaceBetween>
    </ContentLayout>
  );
}

function Figures({ overview, hours }: { overview: Overview; hours: number }) {
  const started = overview.buckets.reduce((sum, bucket) => sum + bucket.started, 0);
  const failed = overview.buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
  const more = overview.isWhole ? '' : '+';
  const since = { 1: '1h', 24: '24h', 168: '7d' }[hours] ?? '24h';
  const figures = [
    { label: 'State machines', value: overview.machineCount.toLocaleString(), to: paths.machines() },
    { label: 'Running now', value: `${overview.running.toLocaleString()}${overview.runningIsMore ? '+' : ''}`, to: paths.executions({ status: 'RUNNING' }) },
    { label: 'Started', value: `${started.toLocaleString()}${more}`, to: paths.executions({ since }) },
    { label: 'Failed', value: `${failed.toLocaleString()}${more}`, to: paths.executions({ status: 'FAILED', since }) },
    { label: 'Activities', value: overview.activityCount.toLocaleString(), to: paths.activities() },
  ];
  return (
    <div className="figures">
      {figures.map(({ label, value, to }) => (
        <div key={label} className="figure">
          <div className="quiet">{label}</div>
          <div className="figure-value">
            <PageLink to={to} label={`${label}: ${value}`}>
              {value}
            </PageLink>
          </div>
        </div>
      ))}
    </div>
  );
}

function Machines({ machines }: { machines: readonly MachineCounts[] }) {
  const busiest = [...machines].sort((one, other) => other.started - one.started).slice(0, MACHINES_SHOWN);
  return (
    <Table
      items={busiest}
      trackBy="stateMachineArn"
      ariaLabels={{ tableLabel: 'Busiest state machines' }}
      header={<Header variant="h2">Busiest state machines</Header>}
      empty={<EmptyState>Nothing was started in this time.</EmptyState>}
      columnDefinitions={[
        {
          id: 'name',
          header: 'Name',
          isRowHeader: true,
          cell: ({ stateMachineArn }) => <PageLink to={paths.machine(stateMachineArn)}>{nameOf(stateMachineArn)}</PageLink>,
        },
        { id: 'recent', header: 'Last runs', cell: ({ recent }) => <Recent statuses={recent} /> },
        { id: 'started', header: 'Started', cell: ({ started }) => started.toLocaleString() },
        {
          id: 'failed',
          header: 'Failed',
          cell: ({ started, failed }) => (failed === 0 ? '0' : `${failed.toLocaleString()} (${Math.round((failed / started) * 100)} %)`),
        },
      ]}
    />
  );
}

function Failures({ failures }: { failures: readonly FoundExecution[] }) {
  return (
    <Table
      items={failures}
      trackBy="executionArn"
      ariaLabels={{ tableLabel: 'Newest failures' }}
      header={<Header variant="h2">Newest failures</Header>}
      empty={<EmptyState>Nothing failed in this time.</EmptyState>}
      columnDefinitions={[
        {
          id: 'name',
          header: 'Execution',
          isRowHeader: true,
          cell: ({ executionArn, name }) => (
            <div className="failure-name">
              <ExecutionName execution={{ executionArn, name }} />
              <span className="quiet">{machineName(machineOf(executionArn))}</span>
            </div>
          ),
        },
        {
          id: 'error',
          header: 'Error',
          cell: ({ error, cause, status }) => (
            <span className="error-of" title={cause ?? ''}>
              {error ?? cause ?? <ExecutionStatusMark status={status} />}
            </span>
          ),
        },
        { id: 'started', header: 'Started', cell: ({ startDate }) => moment(startDate) },
      ]}
    />
  );
}
