/** A definition twice: as text and as picture. Choosing a state in the picture shows its text. */
import { useDeferredValue, useMemo, useState } from 'react';
import { parseDefinition, statesOf } from '../../graph/model.ts';
import type { Definition } from '../../graph/model.ts';
import { GraphView } from '../../graph-view/graph-view.tsx';
import { StatusIndicator } from '../../ui/cloudscape.ts';
import { LazyCode } from '../../ui/lazy-code.tsx';

interface DefinitionPanesProps {
  source: string;
  onChange?: (source: string) => void;
  height: string;
}

export function DefinitionPanes({ source, onChange, height }: DefinitionPanesProps) {
  const [selected, setSelected] = useState<string | undefined>(undefined);
  // The picture follows when typing leaves it time.
  const drawn = useDeferredValue(source);
  const definition = useMemo(() => parseDefinition(drawn), [drawn]);
  const place = useMemo(() => placeOf(definition, selected), [definition, selected]);
  return (
    <div className="panes" style={{ height }}>
      <LazyCode value={source} label="Definition" onChange={onChange} isDefinition selection={place} height="100%" />
      <div className="pane-graph">
        <GraphView definition={definition} label="States of the definition" selected={selected} onSelect={setSelected} height="100%" />
        {definition.mistakes.length > 0 && (
          <div className="pane-note">
            <StatusIndicator type="warning">
              The text is not whole; the picture shows what can be read.
            </StatusIndicator>
          </div>
        )}
      </div>
    </div>
  );
}

function placeOf(definition: Definition, id: string | undefined): { start: number; end: number } | undefined {
  for (const state of statesOf(definition.root)) if (state.id === id) return state.place;
  return undefined;
}
