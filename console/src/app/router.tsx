/** Which page an address leads to. What a page shows beyond its subject is in the search part, checked here. */
import { lazy, useCallback } from 'react';
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { EXECUTION_STATUSES } from '../api/types.ts';
import type { ExecutionStatus } from '../api/types.ts';
import { executionsSearch } from '../pages/executions/search.ts';
import type { ExecutionsSearch } from '../pages/executions/search.ts';
import { NotFoundPage } from '../pages/not-found.tsx';
import { OverviewPage } from '../pages/overview/overview.tsx';
import { Shell } from './shell.tsx';

export interface MachineSearch {
  tab?: 'executions' | 'definition' | 'versions' | 'aliases' | 'details';
  status?: ExecutionStatus;
}

export interface ExecutionSearch {
  view?: 'graph' | 'table' | 'events' | 'timeline';
  /** The state that is looked at, by name. */
  state?: string;
  /** The event that entered the visit that is looked at. */
  visit?: number;
  /** The event up to which the execution is shown. */
  t?: number;
}

export interface OverviewSearch {
  /** How far back it looks. */
  hours?: number;
}

export interface TestStateSearch {
  machine?: string;
  state?: string;
  /** An execution and a visit in it that give the input to begin with. */
  execution?: string;
  visit?: number;
}

/** Fetched when they are first wanted: the overview is there before them. */
const MachinesPage = lazy(async () => ({ default: (await import('../pages/machines.tsx')).MachinesPage }));
const SamplesPage = lazy(async () => ({ default: (await import('../pages/samples.tsx')).SamplesPage }));
const ActivitiesPage = lazy(async () => ({ default: (await import('../pages/activities.tsx')).ActivitiesPage }));
const MachinePage = lazy(async () => ({ default: (await import('../pages/machine/machine.tsx')).MachinePage }));
const ExecutionPage = lazy(async () => ({ default: (await import('../pages/execution/execution.tsx')).ExecutionPage }));
const ExecutionsPage = lazy(async () => ({ default: (await import('../pages/executions/executions.tsx')).ExecutionsPage }));
const TestStatePage = lazy(async () => ({ default: (await import('../pages/test-state/test-state.tsx')).TestStatePage }));
const OpenPage = lazy(async () => ({ default: (await import('../pages/open.tsx')).OpenPage }));
const NewMachinePage = lazy(async () => ({ default: (await import('../pages/machine/editor.tsx')).NewMachinePage }));
const EditMachinePage = lazy(async () => ({ default: (await import('../pages/machine/editor.tsx')).EditMachinePage }));

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search): OverviewSearch => count('hours', search['hours']),
  component: function Overview() {
    const navigate = index.useNavigate();
    const set = (search: OverviewSearch) => void navigate({ search, replace: true });
    return <OverviewPage search={index.useSearch()} onSearch={set} />;
  },
});

const machines = createRoute({ getParentRoute: () => root, path: '/machines', component: MachinesPage });

const newMachine = createRoute({
  getParentRoute: () => root,
  path: '/machines/new',
  validateSearch: (search): { copyOf?: string } =>
    typeof search['copyOf'] === 'string' ? { copyOf: search['copyOf'] } : {},
  component: function New() {
    return <NewMachinePage copyOf={newMachine.useSearch().copyOf} />;
  },
});

const machine = createRoute({
  getParentRoute: () => root,
  path: '/machines/$arn',
  validateSearch: (search): MachineSearch => ({
    ...oneOf('tab', search['tab'], ['executions', 'definition', 'versions', 'aliases', 'details'] as const),
    ...oneOf('status', search['status'], EXECUTION_STATUSES),
  }),
  component: function Machine() {
    const navigate = machine.useNavigate();
    const set = (search: MachineSearch) => void navigate({ search, replace: true });
    return <MachinePage arn={machine.useParams().arn} search={machine.useSearch()} onSearch={set} />;
  },
});

const editMachine = createRoute({
  getParentRoute: () => root,
  path: '/machines/$arn/edit',
  component: function Edit() {
    return <EditMachinePage arn={editMachine.useParams().arn} />;
  },
});

const executions = createRoute({
  getParentRoute: () => root,
  path: '/executions',
  validateSearch: executionsSearch,
  component: function Executions() {
    const navigate = executions.useNavigate();
    const set = (search: ExecutionsSearch) => void navigate({ search, replace: true });
    return <ExecutionsPage search={executions.useSearch()} onSearch={set} />;
  },
});

const execution = createRoute({
  getParentRoute: () => root,
  path: '/executions/$arn',
  validateSearch: executionSearch,
  component: function Execution() {
    const navigate = execution.useNavigate();
    const { arn } = execution.useParams();
    // The same as long as the page is: what does not depend on the moment is not drawn anew for each.
    const set = useCallback(
      (change: (search: ExecutionSearch) => ExecutionSearch) => void navigate({ search: change, replace: true }),
      [navigate],
    );
    return <ExecutionPage key={arn} arn={arn} search={execution.useSearch()} onSearch={set} />;
  },
});

const testState = createRoute({
  getParentRoute: () => root,
  path: '/test-state',
  validateSearch: (search): TestStateSearch => ({
    ...text('machine', search['machine']),
    ...text('state', search['state']),
    ...text('execution', search['execution']),
    ...count('visit', search['visit']),
  }),
  component: function TestState() {
    const navigate = testState.useNavigate();
    const set = (search: TestStateSearch) => void navigate({ search, replace: true });
    return <TestStatePage search={testState.useSearch()} onSearch={set} />;
  },
});

const open = createRoute({
  getParentRoute: () => root,
  path: '/open',
  validateSearch: executionSearch,
  component: function Open() {
    const navigate = open.useNavigate();
    // The same as long as the page is: what does not depend on the moment is not drawn anew for each.
    const set = useCallback(
      (change: (search: ExecutionSearch) => ExecutionSearch) => void navigate({ search: change, replace: true }),
      [navigate],
    );
    return <OpenPage search={open.useSearch()} onSearch={set} />;
  },
});

const activities = createRoute({ getParentRoute: () => root, path: '/activities', component: ActivitiesPage });
const samples = createRoute({ getParentRoute: () => root, path: '/samples', component: SamplesPage });

export const router = createRouter({
  routeTree: root.addChildren([index, machines, newMachine, machine, editMachine, executions, execution, testState, open, activities, samples]),
  basepath: '/console',
  trailingSlash: 'never',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function executionSearch(search: Record<string, unknown>): ExecutionSearch {
  return {
    ...oneOf('view', search['view'], ['graph', 'table', 'events', 'timeline'] as const),
    ...text('state', search['state']),
    ...count('visit', search['visit']),
    ...count('t', search['t']),
  };
}

/** What looks like a number or a truth value in the address is a text all the same. */
function text<Key extends string>(key: Key, value: unknown): Partial<Record<Key, string>> {
  return value === undefined || value === '' ? {} : ({ [key]: String(value) } as Record<Key, string>);
}

function oneOf<Key extends string, Value extends string>(
  key: Key,
  value: unknown,
  known: readonly Value[],
): Partial<Record<Key, Value>> {
  const found = known.find((candidate) => candidate === value);
  return found === undefined ? {} : ({ [key]: found } as Record<Key, Value>);
}

function count<Key extends string>(key: Key, value: unknown): Partial<Record<Key, number>> {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? ({ [key]: value } as Record<Key, number>) : {};
}
