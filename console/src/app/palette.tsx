/** Goes anywhere by a few letters: pages, state machines, executions. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { searchExecutions } from '../api/extras.ts';
import { words } from '../ui/format.ts';
import { useGo } from '../ui/page-link.tsx';
import { useMachines } from '../ui/use-rows.ts';
import { machineName, paths } from './paths.ts';

interface Place {
  id: string;
  title: string;
  kind: string;
  go: () => void;
}

interface PaletteProps {
  onTheme: () => void;
  onKeys: () => void;
  onClose: () => void;
}

/** LIMIT: places of each kind that are shown. */
const SHOWN_MAX = 8;

export function Palette({ onTheme, onKeys, onClose }: PaletteProps) {
  const go = useGo();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const machines = useMachines();
  const executions = useQuery({
    queryKey: ['search', 'palette', text],
    queryFn: async ({ signal }) => (await searchExecutions({ name: text }, undefined, signal)).items,
    placeholderData: keepPreviousData,
  });
  const to = (path: string) => () => go(path);
  const pages: Place[] = [
    { id: 'overview', title: 'Overview', kind: 'Page', go: to(paths.overview()) },
    { id: 'machines', title: 'State machines', kind: 'Page', go: to(paths.machines()) },
    { id: 'new', title: 'Create state machine', kind: 'Page', go: to(paths.newMachine()) },
    { id: 'executions', title: 'Executions', kind: 'Page', go: to(paths.executions()) },
    { id: 'failed', title: 'Failed executions', kind: 'Page', go: to(paths.executions({ status: 'FAILED' })) },
    { id: 'running', title: 'Running executions', kind: 'Page', go: to(paths.executions({ status: 'RUNNING' })) },
    { id: 'activities', title: 'Activities', kind: 'Page', go: to(paths.activities()) },
    { id: 'test', title: 'Test a state', kind: 'Page', go: to(paths.testState()) },
    { id: 'open', title: 'Open an exported run', kind: 'Page', go: to(paths.open()) },
    { id: 'samples', title: 'Samples', kind: 'Page', go: to(paths.samples()) },
    { id: 'theme', title: 'Switch between light and dark', kind: 'Action', go: onTheme },
    { id: 'keys', title: 'Show the keys', kind: 'Action', go: onKeys },
  ];
  const found = (title: string) => title.toLowerCase().includes(text.toLowerCase());
  const places: Place[] = [
    ...pages.filter(({ title }) => found(title)),
    ...machines.filter(({ name }) => found(name)).slice(0, SHOWN_MAX).map((machine) => ({
      id: machine.stateMachineArn,
      title: machine.name,
      kind: 'State machine',
      go: to(paths.machine(machine.stateMachineArn)),
    })),
    ...(executions.data ?? []).slice(0, SHOWN_MAX).map(({ executionArn, name, status }) => ({
      id: executionArn,
      title: name,
      kind: `${words(status)} execution of ${machineName(executionArn)}`,
      go: to(paths.execution(executionArn)),
    })),
  ];
  const chosen = Math.min(at, places.length - 1);
  const take = (place: Place | undefined) => {
    if (place === undefined) return;
    onClose();
    place.go();
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined && places.length > 0) {
      event.preventDefault();
      setAt((chosen + by + places.length) % places.length);
    }
    if (event.key === 'Enter') take(places[chosen]);
  };
  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Go to anything"
      onClose={onClose}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <div className="palette-inside" onKeyDown={press}>
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-places"
          aria-activedescendant={chosen < 0 ? undefined : `palette-${chosen}`}
          aria-label="Go to"
          placeholder="Go to a page, a state machine, an execution …"
          value={text}
          autoFocus
          onChange={({ target }) => {
            setText(target.value);
            setAt(0);
          }}
        />
        <ul role="listbox" id="palette-places" aria-label="Places">
          {places.map((place, index) => (
            <li
              key={place.id}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === chosen}
              ref={(item) => {
                if (index === chosen) item?.scrollIntoView({ block: 'nearest' });
              }}
              onClick={() => take(place)}
              onMouseMove={() => setAt(index)}
            >
              <span className="palette-title">{place.title}</span>
              <span className="quiet">{place.kind}</span>
            </li>
          ))}
        </ul>
        {places.length === 0 && <p className="palette-empty quiet">Nothing here has this in its name.</p>}
      </div>
    </dialog>
  );
}
