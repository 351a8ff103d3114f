/** Two texts as one: what went, what came, and the lines around. */
import '../app/editing.css';
import { useMemo } from 'react';
import { Box } from './cloudscape.ts';
import { diffLines, partsOf } from './diff.ts';
import type { DiffLine } from './diff.ts';

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', gone: '−', new: '+' };
const WORDS: Readonly<Record<DiffLine['kind'], string>> = { same: '', gone: 'removed: ', new: 'added: ' };

export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const parts = useMemo(() => partsOf(diffLines(before, after)), [before, after]);
  if (before === after) return <Box color="text-body-secondary">Both are the same.</Box>;
  return (
    <div className="diff" role="region" aria-label={label} tabIndex={0}>
      {parts.map((part, index) =>
        part.kind === 'left-out' ? (
          <div key={index} className="diff-left-out">
            {part.count.toLocaleString()} {part.count === 1 ? 'line' : 'lines'} as before
          </div>
        ) : (
          part.lines.map((line, at) => (
            <div key={`${index} ${at}`} className={`diff-line diff-${line.kind}`}>
              <span aria-hidden="true" className="diff-sign">
                {SIGNS[line.kind]}
              </span>
              {line.kind !== 'same' && <span className="unseen">{WORDS[line.kind]}</span>}
              {line.text}
            </div>
          ))
        ),
      )}
    </div>
  );
}
