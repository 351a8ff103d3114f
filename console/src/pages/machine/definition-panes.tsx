/** A definition twice: as text and as picture. Choosing a state in the picture shows its text. */
import '../../app/editing.css';
import { useDeferredValue, useMemo, useState } from 'react';
import type { MachineType } from '../../api/types.ts';
import { parseDefinition, statesOf } from '../../graph/model.ts';
import type { Definition } from '../../graph/model.ts';
import type { Place } from '../../graph/pointer.ts';
import { GraphView } from '../../graph-view/graph-view.tsx';
import { StatusIndicator } from '../../ui/cloudscape.ts';
import { LazyCode } from '../../ui/lazy-code.tsx';
import { FindingList, useFindings } from './findings.tsx';
import type { Findings } from './findings.tsx';

interface DefinitionPanesProps {
  source: string;
  onChange?: (source: string) => void;
  findings?: Findings;
  height: string;
}

interface EditorProps extends DefinitionPanesProps {
  type: MachineType;
  onChange: (source: string) => void;
}

/** The same to write in, with what the server finds. */
export function DefinitionEditor({ type, ...props }: EditorProps) {
  const findings = useFindings(props.source, type);
  return <DefinitionPanes {...props} findings={findings} />;
}

export function DefinitionPanes({ source, onChange, height, findings }: DefinitionPanesProps) {
  const [selected, setSelected] = useState<string | undefined>(undefined);
  const [shown, setShown] = useState<Place | undefined>(undefined);
  // The picture follows when typing leaves it time.
  const drawn = useDeferredValue(source);
  const definition = useMemo(() => parseDefinition(drawn), [drawn]);
  const place = useMemo(() => placeOfState(definition, selected), [definition, selected]);
  const choose = (id: string | undefined) => {
    setShown(undefined);
    setSelected(id);
  };
  return (
    <div className="panes" style={{ height }}>
      <div className="pane-text">
        <LazyCode
          value={source}
          label="Definition"
          onChange={onChange}
          isDefinition
          selection={shown ?? place}
          marks={findings?.findings}
          height="100%"
        />
        {findings !== undefined && <FindingList {...findings} onShow={setShown} />}
      </div>
      <div className="pane-graph">
        <GraphView definition={definition} label="States of the definition" selected={selected} onSelect={choose} height="100%" />
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

function placeOfState(definition: Definition, id: string | undefined): Place | undefined {
  for (const state of statesOf(definition.root)) if (state.id === id) return state.place;
  return undefined;
}
