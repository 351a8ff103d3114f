/** A payload as text: laid out, copied with one click, and shown in part when it is long. */
import '../app/execution.css';
import { useMemo, useState } from 'react';
import { Box, Button } from './cloudscape.ts';
import { Copied } from './copied.tsx';
import { pretty } from './format.ts';

/** LIMIT: characters shown before somebody asks for all of them. */
const SHOWN_MAX = 64 * 1024;

export function JsonView({ text, label }: { text: string | undefined; label: string }) {
  const [isWhole, setWhole] = useState(false);
  const laidOut = useMemo(() => (text === undefined ? undefined : pretty(text)), [text]);
  if (laidOut === undefined) return <Box color="text-body-secondary">None</Box>;
  const isCut = !isWhole && laidOut.length > SHOWN_MAX;
  return (
    <div className="json">
      <div className="json-copy">
        <Copied isIcon text={laidOut} what={label} />
      </div>
      <pre tabIndex={0} aria-label={label} role="region">
        {isCut ? laidOut.slice(0, SHOWN_MAX) : laidOut}
      </pre>
      {isCut && <Button onClick={() => setWhole(true)}>Show all {laidOut.length.toLocaleString()} characters</Button>}
    </div>
  );
}
