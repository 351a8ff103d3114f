/** What the server finds in a definition while it is typed: asked when typing pauses, listed below the text. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { validate } from '../../api/operations.ts';
import type { Diagnostic, MachineType } from '../../api/types.ts';
import { placeOf } from '../../graph/pointer.ts';
import type { Place } from '../../graph/pointer.ts';
import { Box, StatusIndicator } from '../../ui/cloudscape.ts';

export interface Finding extends Diagnostic {
  place: Place | undefined;
}

export interface Findings {
  /** Of this very text; older ones point to the wrong places. */
  findings: readonly Finding[];
  isAsking: boolean;
  isTruncated: boolean;
}

/** Milliseconds after the last key. */
const PAUSE = 250;

export function useFindings(source: string, type: MachineType): Findings {
  const [settled, setSettled] = useState(source);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(source), PAUSE);
    return () => clearTimeout(timer);
  }, [source]);
  const query = useQuery({
    queryKey: ['validation', type, settled],
    queryFn: ({ signal }) => validate(settled, type, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  const isAsking = settled !== source || query.isPlaceholderData || query.isPending;
  const diagnostics = query.data?.diagnostics;
  const findings = useMemo(
    () =>
      isAsking
        ? []
        : (diagnostics ?? []).map((diagnostic) => ({
            ...diagnostic,
            place: diagnostic.location === undefined ? undefined : placeOf(settled, diagnostic.location),
          })),
    [diagnostics, settled, isAsking],
  );
  return { findings, isAsking, isTruncated: query.data?.truncated === true };
}

interface FindingListProps extends Findings {
  onShow: (place: Place) => void;
}

export function FindingList({ findings, isAsking, isTruncated, onShow }: FindingListProps) {
  const errors = findings.filter(({ severity }) => severity === 'ERROR').length;
  const warnings = findings.length - errors;
  return (
    <section className="findings" aria-label="Findings">
      <div role="status" className="findings-head">
        {isAsking ? (
          <StatusIndicator type="pending">Checking</StatusIndicator>
        ) : errors > 0 ? (
          <StatusIndicator type="error">{count(errors, 'mistake')}</StatusIndicator>
        ) : (
          <StatusIndicator type="success">The server would take it</StatusIndicator>
        )}
        {!isAsking && warnings > 0 && <StatusIndicator type="warning">{count(warnings, 'warning')}</StatusIndicator>}
        {!isAsking && isTruncated && <span className="quiet">and more</span>}
      </div>
      {findings.length > 0 && (
        <ul>
          {findings.map((finding, index) => (
            <li key={index} className={finding.severity === 'ERROR' ? 'finding-error' : 'finding-warning'}>
              <Shown finding={finding} onShow={onShow} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Shown({ finding: { code, message, location, place }, onShow }: { finding: Finding; onShow: (place: Place) => void }) {
  const words = (
    <>
      <b>{code}</b> {message} <Box variant="span" color="text-body-secondary">{location}</Box>
    </>
  );
  if (place === undefined) return <span className="finding">{words}</span>;
  return (
    <button type="button" className="finding" onClick={() => onShow(place)}>
      {words}
    </button>
  );
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
