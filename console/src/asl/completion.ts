/**
 * What may stand where the cursor is in a definition, and what the field under the pointer means.
 *
 * Here: fields by the shape they stand in, values, and what expressions can name. Not here: which fields there
 * are (`fields`), and whether a definition is right, which the server says.
 */
import { insertCompletionText, pickedCompletion, snippet } from '@codemirror/autocomplete';
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { parseJson } from '../graph/json.ts';
import type { Json } from '../graph/json.ts';
import { parseDefinition } from '../graph/model.ts';
import type { Scope } from '../graph/model.ts';
import { ERRORS } from './errors.ts';
import { expressionsAt } from './expressions.ts';
import { fieldsOf } from './fields.ts';
import type { Field } from './fields.ts';
import { placeIn } from './place.ts';
import type { DefinitionPlace } from './place.ts';
import { resourcesFor } from './resources.ts';

type Result = CompletionResult | null | Promise<CompletionResult | null>;

export function completeDefinition(context: CompletionContext): Result {
  const source = context.state.doc.toString();
  const { value } = parseJson(source);
  const place = placeIn(value, context.pos);
  const expression = expressionsAt(context, value, place);
  if (expression !== null) return expression;
  const quoted = context.matchBefore(/"(?:[^"\\\n]|\\.)*/);
  if (quoted === null && !context.explicit) return null;
  const begin = quoted?.from ?? context.pos;
  const before = source.slice(0, begin);
  const from = quoted === null ? begin : begin + 1;
  const key = /"((?:[^"\\\n]|\\.)*)"\s*:\s*$/.exec(before)?.[1];
  if (key !== undefined || place.isInList) {
    // A number or a flag is not looked for: only what stands in quotes.
    return quoted === null ? null : valuesFor(key ?? place.way.at(-1) ?? '', place, from, context, source);
  }
  return /[{,]\s*$/.test(before) || context.explicit ? keysFor(place, from, quoted !== null) : null;
}

function keysFor({ shape, object, stateType, language }: DefinitionPlace, from: number, isQuoted: boolean): CompletionResult | null {
  if (shape === undefined) return null;
  const present = new Set(object?.members.map(({ key }) => key));
  const options = fieldsOf(shape, stateType, language)
    .filter(({ name }) => !present.has(name))
    .map((field, index): Completion => ({ label: field.name, type: 'property', info: field.words, boost: -index, apply: adding(field, isQuoted) }));
  return { from, options, validFor: /^\w*$/ };
}

const BEGUN: Readonly<Record<Field['kind'], string>> = { text: '"${}"', object: '{${}}', list: '[${}]', flag: 'true', value: '${}' };

/** Writes the whole member, with the cursor where its value goes; of one that has a value, the name alone. */
function adding({ name, kind }: Field, isQuoted: boolean) {
  return (view: EditorView, completion: Completion, from: number, to: number) => {
    const after = view.state.doc.sliceString(to, to + 200);
    if (/^"\s*:/.test(after)) {
      view.dispatch({ ...insertCompletionText(view.state, name, from, to), annotations: pickedCompletion.of(completion) });
      return;
    }
    snippet(`"${name}": ${BEGUN[kind]}`)(view, completion, isQuoted ? from - 1 : from, after.startsWith('"') ? to + 1 : to);
  };
}

function valuesFor(key: string, place: DefinitionPlace, from: number, context: CompletionContext, source: string): Result {
  const { shape, stateType, language } = place;
  const of = (values: Iterable<string>, type: string): CompletionResult => ({
    from,
    options: [...values].map((label) => ({ label, type })),
    validFor: /^[^"\n]*$/,
  });
  if (shape === undefined) return null;
  const field = fieldsOf(shape, stateType, language).find(({ name }) => name === key);
  if (field?.values !== undefined) return of(field.values, 'enum');
  if (key === 'Next' || key === 'Default' || key === 'StartAt') return of(namesAround(source, context.pos), 'class');
  if (key === 'ErrorEquals') return of(new Set([...ERRORS, ...errorsIn(parseJson(source).value)]), 'constant');
  if (key === 'Resource') return resourcesFor(context.state.sliceDoc(from, context.pos), shape).then((found) => of(found, 'function'));
  return null;
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

/** What the Fail states of a definition raise, others of it may catch. */
function* errorsIn(value: Json): Generator<string> {
  if (value.kind === 'array') for (const item of value.items) yield* errorsIn(item);
  if (value.kind !== 'object') return;
  for (const { key, value: inner } of value.members) {
    if (key === 'Error' && inner.kind === 'scalar' && typeof inner.value === 'string' && !inner.value.startsWith('{%')) yield inner.value;
    else yield* errorsIn(inner);
  }
}

/** The field whose name stands there, with one line about it. */
export function fieldAt(source: string, at: number): { start: number; end: number; field: Field } | undefined {
  const { value } = parseJson(source);
  const { shape, object, stateType, language } = placeIn(value, at);
  const member = object?.members.find(({ key, start }) => at > start && at <= start + key.length + 2);
  if (shape === undefined || member === undefined) return undefined;
  const field = fieldsOf(shape, stateType, language).find(({ name }) => name === member.key);
  return field === undefined ? undefined : { start: member.start, end: member.start + member.key.length + 2, field };
}
