/** What can be named inside strings: `$states` and the context object, variables, functions of either language. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Json } from '../graph/json.ts';
import type { DefinitionPlace } from './place.ts';

interface Names {
  [name: string]: Names | string;
}

/** The context object, as both languages reach it. */
const CONTEXT: Names = {
  Execution: {
    Id: 'The ARN of the execution.',
    Input: 'What the execution was started with.',
    Name: 'The name of the execution.',
    RoleArn: 'The role it runs as.',
    StartTime: 'When it was started.',
    RedriveCount: 'How often it was redriven.',
    RedriveTime: 'When it was redriven last.',
  },
  State: { EnteredTime: 'When this state was entered.', Name: 'The name of this state.', RetryCount: 'How often it was tried again.' },
  StateMachine: { Id: 'The ARN of the state machine.', Name: 'The name of the state machine.' },
  Task: { Token: 'What a worker answers the task with.' },
  Map: { Item: { Index: 'The number of the item.', Value: 'The item.', Key: 'The name of the item, of an object.' } },
};

const INPUT = 'What the state was given.';
const RESULT = 'What its work gave.';
const ERROR_OUTPUT = 'The error that was caught: Error and Cause.';

const INTRINSICS: Readonly<Record<string, string>> = {
  'States.Array': 'Its arguments as an array.',
  'States.ArrayContains': 'Whether a value is in an array.',
  'States.ArrayGetItem': 'The item of an array at an index.',
  'States.ArrayLength': 'The length of an array.',
  'States.ArrayPartition': 'An array in pieces of a size.',
  'States.ArrayRange': 'Numbers from, to, by steps of.',
  'States.ArrayUnique': 'An array without repetitions.',
  'States.Base64Decode': 'The text that was encoded.',
  'States.Base64Encode': 'A text in Base64.',
  'States.Format': 'A text with {} replaced by values.',
  'States.Hash': 'The hash of a value, by an algorithm.',
  'States.JsonMerge': 'Two objects as one; third argument: false.',
  'States.JsonToString': 'JSON as text.',
  'States.MathAdd': 'The sum of two numbers.',
  'States.MathRandom': 'A number between two.',
  'States.StringSplit': 'A text in pieces, by a delimiter.',
  'States.StringToJson': 'The JSON in a text.',
  'States.UUID': 'A random identifier.',
};

/** Step Functions' own first, then those of JSONata. */
const FUNCTIONS = (
  'partition range hash random uuid parse ' +
  'abs append average base64decode base64encode boolean ceil contains count decodeUrlComponent distinct each ' +
  'encodeUrlComponent error exists filter floor formatBase formatInteger formatNumber fromMillis join keys length ' +
  'lookup lowercase map match max merge millis min not now number pad parseInteger power reduce replace reverse round ' +
  'shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis trim type ' +
  'uppercase zip'
).split(' ');

export function expressionsAt(context: CompletionContext, root: Json, place: DefinitionPlace): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const quoted = /"((?:[^"\\]|\\.)*)$/.exec(context.state.sliceDoc(line.from, context.pos));
  if (quoted?.[1] === undefined) return null;
  const inside = quoted[1];
  const before = context.state.sliceDoc(line.from, context.pos - inside.length - 1);
  if (place.language === 'JSONata') return /^\{%/.test(inside) ? jsonata(inside, context, root, place) : null;
  return jsonPath(inside, /\.\$"\s*:\s*$/.test(before), context, root);
}

function jsonata(inside: string, context: CompletionContext, root: Json, place: DefinitionPlace): CompletionResult | null {
  const path = /\$states((?:\.\w*)+)$/.exec(inside)?.[1];
  if (path !== undefined) return members(ofStates(place), path, context);
  const word = /\$\w*$/.exec(inside)?.[0];
  if (word === undefined) return null;
  const options: Completion[] = [
    { label: '$states', type: 'variable', info: 'The input, the result, the error and the context of this state.' },
    ...variables(root),
    ...FUNCTIONS.map((name) => ({ label: `$${name}`, apply: `$${name}(`, type: 'function' })),
  ];
  return { from: context.pos - word.length, options, validFor: /^\$\w*$/ };
}

/** The result is there when there was work, the error where one is caught. */
function ofStates({ stateType, way }: DefinitionPlace): Names {
  const isWork = stateType === 'Task' || stateType === 'Parallel' || stateType === 'Map';
  const isCaught = way.includes('Catch');
  const isAfter = way.includes('Output') || way.includes('Assign');
  return {
    input: INPUT,
    context: CONTEXT,
    ...(isWork && isAfter && !isCaught ? { result: RESULT } : {}),
    ...(isCaught ? { errorOutput: ERROR_OUTPUT } : {}),
  };
}

function jsonPath(inside: string, isTemplate: boolean, context: CompletionContext, root: Json): CompletionResult | null {
  const path = /\$\$((?:\.\w*)+)$/.exec(inside)?.[1];
  if (path !== undefined) return members(CONTEXT, path, context);
  const word = /\$\w*$/.exec(inside)?.[0];
  if (word !== undefined) {
    const options = [{ label: '$$', type: 'variable', info: 'The context object.' }, { label: '$', type: 'variable', info: INPUT }, ...variables(root)];
    return { from: context.pos - word.length, options, validFor: /^\$\w*$/ };
  }
  const called = /(?:^|[(,\s])(States?[.\w]*)$/.exec(inside)?.[1];
  if (called === undefined || !(isTemplate || inside.includes('('))) return null;
  const options = Object.entries(INTRINSICS).map(([label, info]) => ({ label, apply: `${label}(`, info, type: 'function' }));
  return { from: context.pos - called.length, options, validFor: /^[\w.]*$/ };
}

/** Those under a path of which the last part is being typed: `.context.Exec`. */
function members(names: Names, path: string, context: CompletionContext): CompletionResult | null {
  const parts = path.split('.').slice(1);
  const typed = parts.pop() ?? '';
  let found: Names | string | undefined = names;
  for (const part of parts) found = typeof found === 'object' ? found[part] : undefined;
  if (typeof found !== 'object') return null;
  const options = Object.entries(found).map(([label, inner]) => ({ label, type: 'property', ...(typeof inner === 'string' ? { info: inner } : {}) }));
  return { from: context.pos - typed.length, options, validFor: /^\w*$/ };
}

function variables(root: Json): Completion[] {
  return [...new Set(assigned(root))].map((name) => ({ label: `$${name}`, type: 'variable', info: 'A variable that a state assigns.' }));
}

function* assigned(value: Json): Generator<string> {
  if (value.kind === 'array') for (const item of value.items) yield* assigned(item);
  if (value.kind !== 'object') return;
  for (const { key, value: inner } of value.members) {
    if (key === 'Assign' && inner.kind === 'object') for (const variable of inner.members) yield variable.key.replace(/\.\$$/, '');
    else yield* assigned(inner);
  }
}
