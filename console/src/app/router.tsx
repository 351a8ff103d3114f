/** Which page an address leads to. What a page shows beyond its subject is in the search part, checked here. */
import { lazy } from 'react';
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { EXECUTION_STATUSES } from '../api/types.ts';
import type { ExecutionStatus } from '../api/types.ts';
import { MachinesPage } from '../pages/machines.tsx';
import { NotFoundPage } from '../pages/not-found.tsx';
import { SamplesPage } from '../pages/samples.tsx';
import { Shell } from './shell.tsx';

export interface MachineSearch {
  tab?: 'executions' | 'definition' | 'details';
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

/** Fetched when they are first wanted: the list of state machines is there before them. */
const ActivitiesPage = lazy(async () => ({ default: (await import('../pages/activities.tsx')).ActivitiesPage }));
const MachinePage = lazy(async () => ({ default: (await import('../pages/machine/machine.tsx')).MachinePage }));
const ExecutionPage = lazy(async () => ({ default: (await import('../pages/execution/execution.tsx')).ExecutionPage }));
const NewMachinePage = lazy(async () => ({ default: (await import('../pages/machine/editor.tsx')).NewMachinePage }));
const EditMachinePage = lazy(async () => ({ default: (await import('../pages/machine/editor.tsx')).EditMachinePage }));

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/machines', replace: true });
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
    ...oneOf('tab', search['tab'], ['executions', 'definition', 'details'] as const),
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

const execution = createRoute({
  getParentRoute: () => root,
  path: '/executions/$arn',
  validateSearch: (search): ExecutionSearch => ({
    ...oneOf('view', search['view'], ['graph', 'table', 'events', 'timeline'] as const),
    ...(search['state'] === undefined ? {} : { state: String(search['state']) }),
    ...count('visit', search['visit']),
    ...count('t', search['t']),
  }),
  component: function Execution() {
    const navigate = execution.useNavigate();
    const { arn } = execution.useParams();
    const set = (change: (search: ExecutionSearch) => ExecutionSearch) => void navigate({ search: change, replace: true });
    return <ExecutionPage key={arn} arn={arn} search={execution.useSearch()} onSearch={set} />;
  },
});

const activities = createRoute({ getParentRoute: () => root, path: '/activities', component: ActivitiesPage });
const samples = createRoute({ getParentRoute: () => root, path: '/samples', component: SamplesPage });

export const router = createRouter({
  routeTree: root.addChildren([index, machines, newMachine, machine, editMachine, execution, activities, samples]),
  basepath: '/console',
  trailingSlash: 'never',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
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
