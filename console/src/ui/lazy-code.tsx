/** The editor, fetched when a page first needs it. */
import { lazy, Suspense } from 'react';
import { Spinner } from './cloudscape.ts';
import type { CodeProps } from './code.tsx';

const Code = lazy(() => import('./code.tsx'));

export function LazyCode(props: CodeProps) {
  return (
    <Suspense
      fallback={
        <div className="code code-waiting" style={{ height: props.height }}>
          <Spinner size="large" />
        </div>
      }
    >
      <Code key={`${props.label} ${props.onChange === undefined}`} {...props} />
    </Suspense>
  );
}
