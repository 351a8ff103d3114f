/** One state machine: its executions, its definition, what else is known of it. */
import { useQuery } from '@tanstack/react-query';
import { memo, useState } from 'react';
import { describeMachine } from '../../api/operations.ts';
import type { Machine } from '../../api/types.ts';
import { paths } from '../../app/paths.ts';
import type { MachineSearch } from '../../app/router.tsx';
import { Badge, BreadcrumbGroup, Button, ContentLayout, Tabs } from '../../ui/cloudscape.ts';
import { Failure, Waiting } from '../../ui/failure.tsx';
import { words } from '../../ui/format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { useGo } from '../../ui/page-link.tsx';
import { DeleteMachine } from '../machines.tsx';
import { Aliases } from './aliases.tsx';
import { DefinitionPanes } from './definition-panes.tsx';
import { Details } from './details.tsx';
import { ExecutionsTable } from './executions.tsx';
import { StartDialog } from './start.tsx';
import { Versions } from './versions.tsx';

interface MachinePageProps {
  arn: string;
  search: MachineSearch;
  onSearch: (search: MachineSearch) => void;
}

export function MachinePage({ arn, search, onSearch }: MachinePageProps) {
  const query = useQuery({ queryKey: ['machine', arn], queryFn: ({ signal }) => describeMachine(arn, signal) });
  if (query.isError) return <Failure what="state machine" error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Waiting what="the state machine" />;
  return <Loaded machine={query.data} search={search} onSearch={onSearch} />;
}

function Loaded({ machine, search, onSearch }: { machine: Machine } & Omit<MachinePageProps, 'arn'>) {
  const go = useGo();
  const [dialog, setDialog] = useState<'start' | 'delete' | undefined>(undefined);
  const arn = machine.stateMachineArn;
  return (
    <>
      <Trail name={machine.name} />
      <ContentLayout
        header={
          <PageHeader
            title={machine.name}
            info={<Badge>{words(machine.type)}</Badge>}
            actions={
              <>
                <Button onClick={() => setDialog('delete')}>Delete</Button>
                <Button onClick={() => go(paths.newMachine(arn))}>Copy</Button>
                <Button onClick={() => go(paths.testState({ machine: arn }))}>Test a state</Button>
                <Button onClick={() => go(paths.editMachine(arn))}>Edit</Button>
                <Button variant="primary" onClick={() => setDialog('start')}>
                  Start execution
                </Button>
              </>
            }
          />
        }
      >
        <Tabs
          activeTabId={search.tab ?? 'executions'}
          onChange={({ detail }) => onSearch({ ...search, tab: detail.activeTabId as NonNullable<MachineSearch['tab']> })}
          tabs={[
            {
              id: 'executions',
              label: 'Executions',
              content: (
                <ExecutionsTable
                  machineArn={arn}
                  status={search.status}
                  onStatus={(status) => onSearch({ tab: 'executions', ...(status === undefined ? {} : { status }) })}
                  onStart={() => setDialog('start')}
                />
              ),
            },
            {
              id: 'definition',
              label: 'Definition',
              content: <DefinitionPanes source={machine.definition} height="calc(100vh - 290px)" />,
            },
            { id: 'versions', label: 'Versions', content: <Versions machine={machine} /> },
            { id: 'aliases', label: 'Aliases', content: <Aliases machine={machine} /> },
            { id: 'details', label: 'Details', content: <Details machine={machine} /> },
          ]}
        />
      </ContentLayout>
      {dialog === 'start' && <StartDialog machineArn={arn} type={machine.type} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <DeleteMachine machine={machine} onClose={() => setDialog(undefined)} onDeleted={() => go(paths.machines())} />
      )}
    </>
  );
}

export const Trail = memo(function Trail({ name, href, last }: { name: string; href?: string; last?: string }) {
  const go = useGo();
  const items = [
    { text: 'State machines', href: paths.machines() },
    { text: name, href: href ?? '#' },
    ...(last === undefined ? [] : [{ text: last, href: '#' }]),
  ];
  return (
    <div className="trail">
      <BreadcrumbGroup
        ariaLabel="Where this page is"
        items={items}
        onFollow={(event) => {
          event.preventDefault();
          if (event.detail.href !== '#') go(event.detail.href);
        }}
      />
    </div>
  );
});
