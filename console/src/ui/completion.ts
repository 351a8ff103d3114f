/** What may stand where the cursor is in a definition: names of states, types, error names. */
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { parseDefinition, statesOf } from '../graph/model.ts';

const TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];
const ERRORS = [
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.HeartbeatTimeout',
  'States.Permissions',
  'States.DataLimitExceeded',
  'States.QueryEvaluationError',
  'States.BranchFailed',
  'States.ParameterPathFailure',
  'States.ResultPathMatchFailure',
  'States.NoChoiceMatched',
  'States.IntrinsicFailure',
];
const FIELDS = [
  'Arguments',
  'Assign',
  'Branches',
  'Catch',
  'Cause',
  'Choices',
  'Comment',
  'Condition',
  'Default',
  'End',
  'Error',
  'ErrorEquals',
  'HeartbeatSeconds',
  'InputPath',
  'ItemProcessor',
  'ItemSelector',
  'Items',
  'ItemsPath',
  'MaxConcurrency',
  'Next',
  'Output',
  'OutputPath',
  'Parameters',
  'QueryLanguage',
  'Resource',
  'Result',
  'ResultPath',
  'ResultSelector',
  'Retry',
  'Seconds',
  'StartAt',
  'States',
  'TimeoutSeconds',
  'Timestamp',
  'Type',
];

export function stateNames(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/"[^"\n]*/);
  if (word === null) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = context.state.doc.sliceString(line.from, word.from);
  const options = optionsAfter(before, () => namesIn(context.state.doc.toString()));
  return { from: word.from + 1, options: options.map((label) => ({ label })), validFor: /^[^"\n]*$/ };
}

function optionsAfter(before: string, names: () => string[]): string[] {
  if (/"(Next|Default|StartAt)"\s*:\s*$/.test(before)) return names();
  if (/"Type"\s*:\s*$/.test(before)) return TYPES;
  if (/"QueryLanguage"\s*:\s*$/.test(before)) return ['JSONata', 'JSONPath'];
  if (/"ErrorEquals"\s*:\s*\[[^\]]*$/.test(before)) return ERRORS;
  return /[{,]\s*$|^\s*$/.test(before) ? FIELDS : [];
}

function namesIn(source: string): string[] {
  return [...statesOf(parseDefinition(source).root)].map((state) => state.name);
}
