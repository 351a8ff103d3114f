/** The data of a tested state, step by step, in the order in which the state makes it. */
import type { TestResult, TestStatus } from '../../api/types.ts';
import { Box, SpaceBetween, StatusIndicator } from '../../ui/cloudscape.ts';
import type { StatusIndicatorProps } from '../../ui/cloudscape.ts';
import { JsonView } from '../../ui/json-view.tsx';

const MARKS: Readonly<Record<TestStatus, [StatusIndicatorProps.Type, string]>> = {
  SUCCEEDED: ['success', 'Succeeded'],
  FAILED: ['error', 'Failed'],
  RETRIABLE: ['pending', 'Failed, and would be tried again'],
  CAUGHT_ERROR: ['warning', 'Failed, and was caught'],
};

/** Members of `inspectionData`, in the order of the data's way. */
const STEPS: readonly [member: string, title: string][] = [
  ['input', 'Input'],
  ['afterInputPath', 'After InputPath'],
  ['afterArguments', 'Arguments'],
  ['afterParameters', 'After Parameters'],
  ['afterItemsPath', 'Items'],
  ['afterItemSelector', 'After ItemSelector'],
  ['result', 'Result'],
  ['afterResultSelector', 'After ResultSelector'],
  ['afterResultPath', 'After ResultPath'],
  ['variables', 'Variables'],
];

export function Steps({ result }: { result: TestResult | undefined }) {
  if (result === undefined) return <Box color="text-body-secondary">Test the state, and its steps are shown here.</Box>;
  const [type, words] = MARKS[result.status];
  const data = result.inspectionData ?? {};
  const steps = STEPS.flatMap(([member, title]) => {
    const value = data[member];
    return typeof value === 'string' ? [{ title, value }] : [];
  });
  const retry = data['errorDetails'];
  return (
    <SpaceBetween size="m">
      <div role="status">
        <StatusIndicator type={type}>{words}</StatusIndicator>
        {result.nextState !== undefined && (
          <span className="quiet">
            {' '}
            · goes on with <b>{result.nextState}</b>
          </span>
        )}
      </div>
      {result.error !== undefined && (
        <div className="state-error">
          <b>{result.error}</b>
          {result.cause !== undefined && <div className="why-cause">{result.cause}</div>}
        </div>
      )}
      <ol className="steps">
        {steps.map(({ title, value }) => (
          <li key={title}>
            <Box variant="awsui-key-label">{title}</Box>
            <JsonView text={value} label={title} />
          </li>
        ))}
        {retry !== undefined && (
          <li>
            <Box variant="awsui-key-label">Retry and Catch</Box>
            <JsonView text={JSON.stringify(retry)} label="Retry and Catch" />
          </li>
        )}
        {result.output !== undefined && (
          <li>
            <Box variant="awsui-key-label">Output</Box>
            <JsonView text={result.output} label="Output" />
          </li>
        )}
      </ol>
    </SpaceBetween>
  );
}
