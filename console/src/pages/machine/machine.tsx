/** One state machine: its executions, its definition, what else is known of it. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { describeMachine, listTags } from '../../api/operations.ts';
import type { Machine } from '../../api/types.ts';
import { paths } from '../../app/paths.ts';
import type { MachineSearch } from '../../app/router.tsx';
import {
  Badge,
  Box,
  BreadcrumbGroup,
  Button,
  Container,
  ContentLayout,
  CopyToClipboard,
  Header,
  KeyValuePairs,
  SpaceBetween,
  Spinner,
  Tabs,
} from '../../ui/cloudscape.ts';
import { Failure } from '../../ui/failure.tsx';
import { moment, words } from '../../ui/format.ts';
import { useGo } from '../../ui/page-link.tsx';
import { DeleteMachine } from '../machines.tsx';
import { DefinitionPanes } from './definition-panes.tsx';
import { ExecutionsTable } from './executions.tsx';
import { StartDialog } from './start.tsx';

interface MachinePageProps {
  arn: string;
  search: MachineSearch;
  onSearch: (search: MachineSearch) => void;
}

export function MachinePage({ arn, search, onSearch }: MachinePageProps) {
  const query = useQuery({ queryKey: ['machine', arn], queryFn: ({ signal }) => describeMachine(arn, signal) });
  if (query.isError) return <Failure what="state machine" error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Spinner size="large" />;
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
          <Header
            variant="h1"
            info={<Badge>{words(machine.type)}</Badge>}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => setDialog('delete')}>Delete</Button>
                <Button onClick={() => go(paths.newMachine(arn))}>Copy</Button>
                <Button onClick={() => go(paths.editMachine(arn))}>Edit</Button>
                <Button variant="primary" onClick={() => setDialog('start')}>
                  Start execution
                </Button>
              </SpaceBetween>
            }
          >
            {machine.name}
          </Header>
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
            { id: 'details', label: 'Details', content: <Details machine={machine} /> },
          ]}
        />
      </ContentLayout>
      {dialog === 'start' && <StartDialog machineArn={arn} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <DeleteMachine machine={machine} onClose={() => setDialog(undefined)} onDeleted={() => go(paths.machines())} />
      )}
    </>
  );
}

export function Trail({ name, href, last }: { name: string; href?: string; last?: string }) {
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
}

function Details({ machine }: { machine: Machine }) {
  const tags = useQuery({
    queryKey: ['tags', machine.stateMachineArn],
    queryFn: ({ signal }) => listTags(machine.stateMachineArn, signal),
  });
  const shownTags = tags.data?.tags.map((tag) => `${tag.key} = ${tag.value}`).join(', ');
  return (
    <Container>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'ARN', value: <Copied text={machine.stateMachineArn} what="ARN" /> },
          { label: 'Role', value: <Copied text={machine.roleArn} what="role" /> },
          { label: 'Type', value: words(machine.type) },
          { label: 'Status', value: words(machine.status) },
          { label: 'Created', value: moment(machine.creationDate) },
          ...(machine.revisionId === undefined ? [] : [{ label: 'Revision', value: machine.revisionId }]),
          { label: 'Tags', value: shownTags === undefined || shownTags === '' ? 'None' : shownTags },
        ]}
      />
    </Container>
  );
}

export function Copied({ text, what }: { text: string; what: string }) {
  return (
    <Box variant="span">
      <CopyToClipboard
        variant="inline"
        textToCopy={text}
        copyButtonAriaLabel={`Copy the ${what}`}
        copySuccessText="Copied"
        copyErrorText="The browser did not let it be copied"
      />
    </Box>
  );
}
