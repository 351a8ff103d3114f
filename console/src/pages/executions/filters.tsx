/** The fields that narrow the executions down. What is typed takes effect when typing pauses. */
import { useEffect, useRef, useState } from 'react';
import { EXECUTION_STATUSES } from '../../api/types.ts';
import type { MachineItem } from '../../api/types.ts';
import { Button, FormField, Input, Select } from '../../ui/cloudscape.ts';
import { words } from '../../ui/format.ts';
import { isFiltered, SINCE_WORDS } from './search.ts';
import type { ExecutionsSearch, Since } from './search.ts';

interface FiltersProps {
  search: ExecutionsSearch;
  machines: readonly MachineItem[];
  onSearch: (search: ExecutionsSearch) => void;
}

/** Milliseconds after the last key. */
const PAUSE = 300;
const ANY_STATUS = { value: '', label: 'Any status' };
const STATUSES = [ANY_STATUS, ...EXECUTION_STATUSES.map((status) => ({ value: status, label: words(status) }))];
const ANY_MACHINE = { value: '', label: 'Any state machine' };
const ANY_TIME = { value: '', label: 'Any time' };
const BETWEEN = { value: 'between', label: 'Between two moments' };
const TIMES = [ANY_TIME, ...Object.entries(SINCE_WORDS).map(([value, label]) => ({ value, label })), BETWEEN];

export function Filters({ search, machines, onSearch }: FiltersProps) {
  const [isBetween, setBetween] = useState(search.from !== undefined || search.until !== undefined);
  const set = (change: { [Key in keyof ExecutionsSearch]: ExecutionsSearch[Key] | undefined }) => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined && value !== '');
    onSearch(Object.fromEntries(next) as ExecutionsSearch);
  };
  const options = [ANY_MACHINE, ...machines.map(({ stateMachineArn, name }) => ({ value: stateMachineArn, label: name }))];
  const machine = options.find(({ value }) => value === (search.machine ?? '')) ?? { value: search.machine ?? '', label: search.machine ?? '' };
  const time = isBetween ? BETWEEN : (TIMES.find(({ value }) => value === (search.since ?? '')) ?? ANY_TIME);
  const chooseTime = (value: string) => {
    setBetween(value === BETWEEN.value);
    set({ since: value in SINCE_WORDS ? (value as Since) : undefined, from: undefined, until: undefined });
  };
  return (
    <div className="search">
      <Typed label="Name" value={search.name ?? ''} onChange={(name) => set({ name })} />
      <Typed label="Error" value={search.error ?? ''} onChange={(error) => set({ error })} />
      <FormField label="Status">
        <Select
          ariaLabel="Status"
          options={STATUSES}
          selectedOption={STATUSES.find(({ value }) => value === (search.status ?? '')) ?? ANY_STATUS}
          onChange={({ detail }) => set({ status: EXECUTION_STATUSES.find((known) => known === detail.selectedOption.value) })}
        />
      </FormField>
      <FormField label="State machine">
        <Select
          ariaLabel="State machine"
          options={options}
          selectedOption={machine}
          {...(options.length > 10 ? { filteringType: 'auto' as const, filteringAriaLabel: 'Find a state machine' } : {})}
          onChange={({ detail }) => set({ machine: detail.selectedOption.value })}
        />
      </FormField>
      <FormField label="Started">
        <Select ariaLabel="Started" options={TIMES} selectedOption={time} onChange={({ detail }) => chooseTime(detail.selectedOption.value ?? '')} />
      </FormField>
      {isBetween && (
        <>
          <Moment label="From" value={search.from} onChange={(from) => set({ from, since: undefined })} />
          <Moment label="Until" value={search.until} onChange={(until) => set({ until, since: undefined })} />
        </>
      )}
      {(isFiltered(search) || isBetween) && (
        <div className="search-clear">
          <Button
            onClick={() => {
              setBetween(false);
              onSearch({});
            }}
          >
            Clear filters
          </Button>
        </div>
      )}
    </div>
  );
}

function Typed({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    // The address was changed by something else than this field.
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return undefined;
    const timer = setTimeout(() => {
      told.current = text;
      onChange(text);
    }, PAUSE);
    return () => clearTimeout(timer);
  });
  return (
    <FormField label={label}>
      <Input type="search" value={text} ariaLabel={`Part of the ${label.toLowerCase()}`} placeholder="contains …" onChange={({ detail }) => setText(detail.value)} />
    </FormField>
  );
}

function Moment({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return (
    <div className="search-moment">
      <FormField label={label}>
        <input
          type="datetime-local"
          className="moment"
          aria-label={label}
          value={value ?? ''}
          onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
        />
      </FormField>
    </div>
  );
}
