import { describe, expect, test } from 'vitest';
import { runOfText, textOfRun } from './file.ts';
import type { RunFile } from './file.ts';

const RUN: RunFile = {
  execution: {
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:m:e',
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
    name: 'e',
    status: 'FAILED',
    startDate: 1,
    stopDate: 2.5,
    input: '{}',
    error: '<b>',
  },
  definition: { stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m', name: 'm', definition: '{}' },
  events: [{ id: 1, previousEventId: 0, timestamp: 1, type: 'ExecutionStarted', executionStartedEventDetails: { input: '{}' } }],
};

describe('a run as a file', () => {
  test('is read as it was written', () => {
    expect(runOfText(textOfRun(RUN))).toEqual(RUN);
  });

  test.each([
    ['', 'expected JSON'],
    ['[]', 'expected the file to be an object'],
    ['{"kind": "other"}', 'expected a run that was exported by this console'],
    [textOfRun({ ...RUN, events: {} as never }), 'expected a list of events'],
    [textOfRun({ ...RUN, events: [7 as never] }), 'expected an event to be an object'],
    [textOfRun({ ...RUN, execution: { ...RUN.execution, name: 7 as never } }), 'expected a text as name'],
    [textOfRun({ ...RUN, execution: { ...RUN.execution, startDate: 'x' as never } }), 'expected a number as startDate'],
  ])('that is none is refused with its reason', (text, reason) => {
    expect(() => runOfText(text)).toThrow(reason);
  });
});
