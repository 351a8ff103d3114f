/** Looks at a run that was exported to a file. The file stays in the browser; no server is asked. */
import '../app/editing.css';
import { useRef, useState } from 'react';
import type { ExecutionSearch } from '../app/router.tsx';
import { messageOf } from '../app/notices.tsx';
import { FILE_BYTES_MAX, runOfText } from '../run/file.ts';
import type { RunFile } from '../run/file.ts';
import { Alert, Button, ContentLayout, SpaceBetween } from '../ui/cloudscape.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { ExecutionView } from './execution/execution.tsx';

interface OpenPageProps {
  search: ExecutionSearch;
  onSearch: (change: (search: ExecutionSearch) => ExecutionSearch) => void;
}

export function OpenPage({ search, onSearch }: OpenPageProps) {
  const [run, setRun] = useState<RunFile | undefined>(undefined);
  const [opened, setOpened] = useState(0);
  const [error, setError] = useState<unknown>(undefined);
  const chooser = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const open = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      if (file.size > FILE_BYTES_MAX) throw new Error(`expected at most ${FILE_BYTES_MAX / 1024 / 1024} MiB, found more`);
      setRun(runOfText(await file.text()));
      setOpened((count) => count + 1);
      setError(undefined);
      onSearch(() => ({}));
    } catch (reason) {
      setRun(undefined);
      setError(reason);
    }
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void open(event.dataTransfer.files[0]);
      }}
    >
      <input
        ref={chooser}
        type="file"
        accept=".json,application/json"
        className="unseen"
        aria-label="File of a run"
        tabIndex={-1}
        onChange={({ target }) => {
          void open(target.files?.[0]);
          // The same file can be chosen again.
          target.value = '';
        }}
      />
      {run === undefined ? (
        <ContentLayout
          header={
            <PageHeader title="Open an exported run" description="“Export” on the page of an execution saves everything about it as one file." />
          }
        >
          <SpaceBetween size="m">
            {error !== undefined && (
              <Alert type="error" header="The file could not be opened">
                {messageOf(error)}
              </Alert>
            )}
            <div className={isOver ? 'drop drop-over' : 'drop'}>
              <p>Drop a file here</p>
              <Button onClick={() => chooser.current?.click()}>Choose a file</Button>
            </div>
          </SpaceBetween>
        </ContentLayout>
      ) : (
        <SpaceBetween size="s">
          <Button iconName="folder-open" onClick={() => chooser.current?.click()}>
            Open another file
          </Button>
          <ExecutionView key={opened} {...run} search={search} onSearch={onSearch} isFile />
        </SpaceBetween>
      )}
    </div>
  );
}
