/** What may stand where the cursor is in a definition: names of states, types, error names, variables. */
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { parseJson } from '../graph/json.ts';
import type { Json } from '../graph/json.ts';
import { parseDefinition } from '../graph/model.ts';
import type { Scope } from '../graph/model.ts';

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
  const options = optionsAfter(before, () => namesAround(context.state.doc.toString(), context.pos));
  return { from: word.from + 1, options: options.map((label) => ({ label })), validFor: /^[^"\n]*$/ };
}

function optionsAfter(before: string, names: () => string[]): string[] {
  if (/"(Next|Default|StartAt)"\s*:\s*$/.test(before)) return names();
  if (/"Type"\s*:\s*$/.test(before)) return TYPES;
  if (/"QueryLanguage"\s*:\s*$/.test(before)) return ['JSONata', 'JSONPath'];
  if (/"ErrorEquals"\s*:\s*\[[^\]]*$/.test(before)) return ERRORS;
  return /[{,]\s*$|^\s*$/.test(before) ? FIELDS : [];
}

/** Transitions stay within their scope: the innermost one around the place. */
function namesAround(source: string, place: number): string[] {
  return innermost(parseDefinition(source).root, place).states.map((state) => state.name);
}

function innermost(scope: Scope, place: number): Scope {
  for (const state of scope.states) {
    if (place < state.place.start || place > state.place.end) continue;
    const inner = state.scopes.find(({ states }) => states.some((one) => place >= one.place.start && place <= one.place.end));
    if (inner !== undefined) return innermost(inner, place);
  }
  return scope;
}

const OF_STATES = ['input', 'context', 'result', 'errorOutput'];
const FUNCTIONS = ['partition', 'range', 'hash', 'random', 'uuid', 'parse', 'sum', 'count', 'map', 'filter', 'merge', 'string', 'number', 'exists', 'now'];

/** Inside an expression: what `$states` has, variables that something assigns, functions. */
export function expressions(context: CompletionContext): CompletionResult | null {
  const member = context.matchBefore(/\$states\.\w*/);
  if (member !== null) return { from: member.from + '$states.'.length, options: OF_STATES.map((label) => ({ label })) };
  const word = context.matchBefore(/\$\w*/);
  if (word === null) return null;
  const variables = [...new Set(assigned(parseJson(context.state.doc.toString()).value))];
  const options = [
    { label: '$states', type: 'variable' },
    ...variables.map((name) => ({ label: `$${name}`, type: 'variable' })),
    ...FUNCTIONS.map((name) => ({ label: `$${name}()`, type: 'function' })),
  ];
  return { from: word.from, options, validFor: /^\$\w*$/ };
}

function* assigned(value: Json): Generator<string> {
  if (value.kind === 'array') for (const item of value.items) yield* assigned(item);
  if (value.kind !== 'object') return;
  for (const { key, value: inner } of value.members) {
    if (key === 'Assign' && inner.kind === 'object') for (const variable of inner.members) yield variable.key.replace(/\.\$$/, '');
    else yield* assigned(inner);
  }
}
