/** The iterations of a Map with what became of them; choosing one shows it alone. */
import type { Run, Visit } from '../../run/run.ts';
import { FormField, Select } from '../../ui/cloudscape.ts';

export function IterationPicker({ run, map, onSelect }: { run: Run; map: Visit; onSelect: (visit: Visit) => void }) {
  if (map.iterations.length === 0) return null;
  const inside = run.visits.filter((visit) => visit.parent === map);
  const options = map.iterations.map(({ index, status }) => ({ value: String(index), label: `Item ${index}`, description: status }));
  const counts = new Map<string, number>();
  for (const { status } of map.iterations) counts.set(status, (counts.get(status) ?? 0) + 1);
  const summary = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  return (
    <FormField label={`${map.length ?? map.iterations.length} items`} description={summary}>
      <Select
        ariaLabel="Iteration"
        placeholder="Look into one item"
        options={options}
        selectedOption={null}
        {...(options.length > 10 ? { filteringType: 'auto' as const, filteringAriaLabel: 'Find an item' } : {})}
        onChange={({ detail }) => {
          const chosen = inside.find((visit) => String(visit.iteration) === detail.selectedOption.value);
          if (chosen !== undefined) onSelect(chosen);
        }}
      />
    </FormField>
  );
}
