/**
 * A definition as the picture needs it: scopes of states, and the transitions between them.
 *
 * Here: both query languages, and definitions that are broken or half typed. Not here: whether a
 * definition is valid; that is the server's word.
 * INVARIANT: the order of the keys of `States` changes nothing; the order of transitions does.
 */
import { member, parseJson, text } from './json.ts';
import type { Json, JsonObject } from './json.ts';

export type StateType = 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

const STATE_TYPES: ReadonlySet<string> = new Set([
  'Task',
  'Pass',
  'Choice',
  'Wait',
  'Succeed',
  'Fail',
  'Parallel',
  'Map',
]);

export interface Definition {
  root: Scope;
  comment: string | undefined;
  queryLanguage: QueryLanguage;
  /** Places in the text that are no JSON. */
  mistakes: number[];
}

export type QueryLanguage = 'JSONPath' | 'JSONata';

/** States that transitions can reach from each other: a whole machine, a branch, an item processor. */
export interface Scope {
  id: string;
  startAt: string | undefined;
  /** In the order in which they are walked from `StartAt`; what nothing leads to follows, by name. */
  states: State[];
  transitions: Transition[];
}

export interface State {
  id: string;
  name: string;
  /** Undefined while it is missing or misspelt. */
  type: StateType | undefined;
  queryLanguage: QueryLanguage;
  /** What it does, in a few words: the resource of a task, the time of a wait. */
  detail: string | undefined;
  comment: string | undefined;
  /** Ends its scope when it succeeds. */
  isEnd: boolean;
  retriers: number;
  catchers: number;
  isDistributed: boolean;
  scopes: Scope[];
  /** Where its fields stand in the text. */
  place: { start: number; end: number };
}

export type TransitionKind = 'next' | 'choice' | 'default' | 'catch';

export interface Transition {
  from: string;
  to: string;
  kind: TransitionKind;
  label: string | undefined;
}

/** LIMIT: scopes within scopes that are drawn. */
const SCOPES_MAX = 40;

export function parseDefinition(source: string): Definition {
  const { value, mistakes } = parseJson(source);
  const queryLanguage = language(value, 'JSONPath');
  return {
    root: scopeOf(value, '', queryLanguage, 0),
    comment: text(member(value, 'Comment')),
    queryLanguage,
    mistakes,
  };
}

/** Every state of a definition, those of inner scopes after the one that holds them. */
export function* statesOf(scope: Scope): Generator<State> {
  for (const state of scope.states) {
    yield state;
    for (const inner of state.scopes) yield* statesOf(inner);
  }
}

export function stateNamed(scope: Scope, name: string): State | undefined {
  for (const state of statesOf(scope)) if (state.name === name) return state;
  return undefined;
}

function scopeOf(value: Json | undefined, id: string, inherited: QueryLanguage, depth: number): Scope {
  const startAt = text(member(value, 'StartAt'));
  const found = member(value, 'States');
  const byName = new Map<string, Json>();
  const members = found?.kind === 'object' ? found.members : [];
  for (const { key, value: fields } of members) if (!byName.has(key)) byName.set(key, fields);

  const transitionsOf = new Map<string, Transition[]>();
  for (const [name, fields] of byName) transitionsOf.set(name, transitions(name, fields));
  const order = walk(startAt, [...byName.keys()].sort(), transitionsOf);
  const states = order.map((name) => stateOf(name, byName.get(name), `${id}/${name}`, inherited, depth));
  const known = order
    .flatMap((name) => transitionsOf.get(name) ?? [])
    .filter((transition) => byName.has(transition.to));
  return { id, startAt, states, transitions: merged(known) };
}

/** Depth first along the transitions in their written order. */
function walk(startAt: string | undefined, names: string[], from: Map<string, Transition[]>): string[] {
  const seen = new Set<string>();
  for (const root of startAt === undefined ? names : [startAt, ...names]) {
    const waiting = [root];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (seen.has(name) || !from.has(name)) continue;
      seen.add(name);
      const targets = (from.get(name) ?? []).map((transition) => transition.to);
      waiting.push(...targets.reverse());
    }
  }
  return [...seen];
}

/** Transitions of one kind between the same two states are one line with all their labels. */
function merged(transitions: Transition[]): Transition[] {
  const byEnds = new Map<string, Transition>();
  for (const transition of transitions) {
    const key = JSON.stringify([transition.from, transition.to, transition.kind === 'catch']);
    const known = byEnds.get(key);
    if (known === undefined) byEnds.set(key, { ...transition });
    else known.label = [known.label, transition.label].filter((label) => label !== undefined).join(' · ');
  }
  return [...byEnds.values()];
}

function stateOf(
  name: string,
  fields: Json | undefined,
  id: string,
  inherited: QueryLanguage,
  depth: number,
): State {
  const typeText = text(member(fields, 'Type'));
  const type = STATE_TYPES.has(typeText ?? '') ? (typeText as StateType) : undefined;
  const queryLanguage = language(fields, inherited);
  return {
    id,
    name,
    type,
    queryLanguage,
    detail: detailOf(type, fields),
    comment: text(member(fields, 'Comment')),
    isEnd: type === 'Succeed' || type === 'Fail' || isTrue(member(fields, 'End')),
    retriers: length(member(fields, 'Retry')),
    catchers: length(member(fields, 'Catch')),
    isDistributed: text(member(member(processorOf(fields), 'ProcessorConfig'), 'Mode')) === 'DISTRIBUTED',
    scopes: depth >= SCOPES_MAX ? [] : innerScopes(type, fields, id, inherited, depth),
    place: { start: fields?.start ?? 0, end: fields?.end ?? 0 },
  };
}

function innerScopes(
  type: StateType | undefined,
  fields: Json | undefined,
  id: string,
  inherited: QueryLanguage,
  depth: number,
): Scope[] {
  if (type === 'Parallel') {
    return items(member(fields, 'Branches')).map((branch, index) =>
      scopeOf(branch, `${id}[${index}]`, inherited, depth + 1),
    );
  }
  const processor = processorOf(fields);
  return type === 'Map' && processor !== undefined ? [scopeOf(processor, `${id}[]`, inherited, depth + 1)] : [];
}

/** `Iterator` is the older name. */
function processorOf(fields: Json | undefined): Json | undefined {
  return member(fields, 'ItemProcessor') ?? member(fields, 'Iterator');
}

function transitions(from: string, fields: Json | undefined): Transition[] {
  const found: Transition[] = [];
  const add = (kind: TransitionKind, target: Json | undefined, label?: string) => {
    const to = text(member(target, kind === 'default' ? 'Default' : 'Next'));
    if (to !== undefined) found.push({ from, to, kind, label });
  };
  add('next', fields);
  for (const rule of items(member(fields, 'Choices'))) add('choice', rule, conditionOf(rule));
  add('default', fields, 'Default');
  for (const catcher of items(member(fields, 'Catch'))) {
    const names = items(member(catcher, 'ErrorEquals')).map((name) => text(name) ?? '');
    add('catch', catcher, names.join(', '));
  }
  return found;
}

/** What a rule of a Choice asks, as short as it can be read. */
export function conditionOf(rule: Json): string {
  const condition = text(member(rule, 'Condition'));
  if (condition !== undefined) return condition.replace(/^\{%\s*|\s*%\}$/g, '');
  const not = member(rule, 'Not');
  if (not !== undefined) return `not (${conditionOf(not)})`;
  for (const [key, word] of [['And', ' and '], ['Or', ' or ']] as const) {
    const rules = member(rule, key);
    if (rules !== undefined) return items(rules).map(conditionOf).join(word);
  }
  const variable = text(member(rule, 'Variable')) ?? '?';
  const comparison = members(rule).find(({ key }) => /Equals|Than|Matches|^Is/.test(key));
  return comparison === undefined ? variable : comparisonText(variable, comparison.key, comparison.value);
}

function comparisonText(variable: string, operator: string, operand: Json): string {
  const shown = scalarText(operand);
  if (operator.startsWith('Is')) {
    const kind = operator.slice(2).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
    return `${variable} is ${shown === 'false' ? 'not ' : ''}${kind}`;
  }
  const sign = operator.includes('GreaterThanEquals')
    ? '≥'
    : operator.includes('LessThanEquals')
      ? '≤'
      : operator.includes('GreaterThan')
        ? '>'
        : operator.includes('LessThan')
          ? '<'
          : operator.includes('Matches')
            ? 'matches'
            : '=';
  return `${variable} ${sign} ${shown}`;
}

function detailOf(type: StateType | undefined, fields: Json | undefined): string | undefined {
  switch (type) {
    case 'Task':
      return resourceText(text(member(fields, 'Resource')));
    case 'Wait':
      return waitText(fields);
    case 'Fail':
      return text(member(fields, 'Error'));
    default:
      return undefined;
  }
}

/** `lambda:invoke`, the name of a function or of an activity: what tells tasks apart. */
export function resourceText(resource: string | undefined): string | undefined {
  if (resource === undefined) return undefined;
  const parts = resource.split(':');
  const integration = /^arn:[^:]*:states:[^:]*:[^:]*:(?!activity:)(.+)$/.exec(resource)?.[1];
  if (integration !== undefined) return integration.replace(/^aws-sdk:/, '');
  if (parts[2] === 'lambda' && parts[5] === 'function') return `function ${parts.slice(6).join(':')}`;
  if (parts[5] === 'activity') return `activity ${parts.slice(6).join(':')}`;
  return resource;
}

function waitText(fields: Json | undefined): string | undefined {
  const seconds = member(fields, 'Seconds');
  if (seconds !== undefined) {
    const amount = scalarText(seconds);
    return /^\d+$/.test(amount) ? `${amount} s` : amount;
  }
  for (const key of ['Timestamp', 'SecondsPath', 'TimestampPath']) {
    const value = text(member(fields, key));
    if (value !== undefined) return key.startsWith('Timestamp') ? `until ${value}` : value;
  }
  return undefined;
}

function language(value: Json | undefined, inherited: QueryLanguage): QueryLanguage {
  const named = text(member(value, 'QueryLanguage'));
  return named === 'JSONata' || named === 'JSONPath' ? named : inherited;
}

function items(value: Json | undefined): Json[] {
  return value?.kind === 'array' ? value.items : [];
}

function members(value: Json): JsonObject['members'] {
  return value.kind === 'object' ? value.members : [];
}

function length(value: Json | undefined): number {
  return items(value).length;
}

function isTrue(value: Json | undefined): boolean {
  return value?.kind === 'scalar' && value.value === true;
}

function scalarText(value: Json): string {
  if (value.kind !== 'scalar') return '…';
  return typeof value.value === 'string' ? value.value : String(value.value);
}
