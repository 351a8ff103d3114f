import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { describe, expect, test } from 'vitest';
import { completeDefinition, fieldAt } from './completion.ts';

/** What is offered where `|` stands. */
async function offered(marked: string): Promise<string[]> {
  const at = marked.indexOf('|');
  const state = EditorState.create({ doc: marked.replace('|', '') });
  const result = await completeDefinition(new CompletionContext(state, at, true));
  return result?.options.map(({ label }) => label) ?? [];
}

const inState = (fields: string, around = '') => `{${around}"StartAt": "A", "States": {"A": {${fields}}, "B": {"Type": "Succeed"}}}`;

describe('fields are offered by the shape they stand in', () => {
  test('of the whole definition', async () => {
    expect(await offered('{"|"')).toContain('StartAt');
    expect(await offered('{"StartAt": "A", "|"}')).not.toContain('StartAt');
    expect(await offered('{\n  |\n}')).toContain('States');
  });

  test('of a state, by its type', async () => {
    const choice = await offered(inState('"Type": "Choice", "|"'));
    expect(choice).toContain('Choices');
    for (const other of ['Next', 'End', 'Retry', 'Resource', 'Type']) expect(choice).not.toContain(other);
    expect(await offered(inState('"Type": "Task",\n "|'))).toEqual(expect.arrayContaining(['Resource', 'Retry', 'ResultPath']));
    expect(await offered(inState('"|"'))).toEqual(['Type', 'Comment']);
    expect(await offered('{"States": {"|"}}')).toEqual([]);
  });

  test('of a state, by its query language', async () => {
    const jsonata = await offered(inState('"Type": "Task", "|"', '"QueryLanguage": "JSONata", '));
    expect(jsonata).toEqual(expect.arrayContaining(['Arguments', 'Output']));
    expect(jsonata).not.toContain('ResultPath');
    const own = await offered(inState('"Type": "Task", "QueryLanguage": "JSONata", "|"'));
    expect(own).toContain('Arguments');
    expect(await offered(inState('"Type": "Task", "|"'))).not.toContain('Arguments');
  });

  test('of retriers, catchers, rules and processors', async () => {
    expect(await offered(inState('"Type": "Task", "Retry": [{"ErrorEquals": ["A"], "|"}]'))).toContain('BackoffRate');
    expect(await offered(inState('"Type": "Task", "Catch": [{"|"}]'))).toEqual(['ErrorEquals', 'Next', 'ResultPath', 'Assign', 'Comment']);
    const rule = await offered(inState('"Type": "Choice", "Choices": [{"|"}]'));
    expect(rule).toEqual(expect.arrayContaining(['Variable', 'NumericGreaterThanEqualsPath', 'IsPresent', 'And', 'Next']));
    const inner = await offered(inState('"Type": "Choice", "Choices": [{"Not": {"|"}}]'));
    expect(inner).toContain('StringMatches');
    expect(inner).not.toContain('Next');
    expect(await offered(inState('"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"|"}}'))).toEqual(['Mode', 'ExecutionType']);
    const deep = inState('"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Wait", "|"}}}]');
    expect(await offered(deep)).toContain('TimestampPath');
  });

  test('and none in data of the user’s', async () => {
    expect(await offered(inState('"Type": "Pass", "Result": {"|"}'))).toEqual([]);
    expect(await offered(inState('"Type": "Task", "Assign": {"Retry": [{"|"}]}'))).toEqual([]);
  });
});

describe('values are offered by the field they are of', () => {
  test('names of states of the same scope', async () => {
    expect(await offered(inState('"Type": "Pass", "Next": "|"'))).toEqual(['A', 'B']);
    const inner = inState('"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Pass", "Next": "|"}, "Y": {"Type": "Succeed"}}}]');
    expect(await offered(inner)).toEqual(['X', 'Y']);
  });

  test('types, languages, modes', async () => {
    expect(await offered(inState('"Type": "|"'))).toContain('Parallel');
    expect(await offered('{"QueryLanguage": "|"}')).toEqual(['JSONata', 'JSONPath']);
    expect(await offered(inState('"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "|"}}'))).toEqual(['INLINE', 'DISTRIBUTED']);
    expect(await offered(inState('"Type": "Task", "Retry": [{"JitterStrategy": "|"}]'))).toEqual(['FULL', 'NONE']);
  });

  test('errors, with those that the definition raises', async () => {
    const source = inState('"Type": "Task", "Catch": [{"ErrorEquals": ["|"]}]').replace('"Succeed"', '"Fail", "Error": "Trip.Full"');
    expect(await offered(source)).toEqual(expect.arrayContaining(['States.ALL', 'Trip.Full']));
  });

  test('where items are read from', async () => {
    const source = inState('"Type": "Map", "ItemReader": {"Resource": "|"}');
    expect(await offered(source)).toEqual(['arn:aws:states:::s3:getObject', 'arn:aws:states:::s3:listObjectsV2']);
  });
});

describe('inside strings', () => {
  const jsonata = (fields: string) => inState(fields, '"QueryLanguage": "JSONata", ');

  test('$states has what is there at that place', async () => {
    expect(await offered(jsonata('"Type": "Task", "Output": "{% $states.|"'))).toEqual(['input', 'context', 'result']);
    expect(await offered(jsonata('"Type": "Task", "Arguments": "{% $states.|"'))).toEqual(['input', 'context']);
    expect(await offered(jsonata('"Type": "Task", "Catch": [{"Output": "{% $states.|"}]'))).toEqual(['input', 'context', 'errorOutput']);
    expect(await offered(jsonata('"Type": "Pass", "Output": "{% $states.context.Execution.|"'))).toContain('StartTime');
  });

  test('variables and functions', async () => {
    const found = await offered(jsonata('"Type": "Pass", "Assign": {"total": 1}, "Output": "{% $|"'));
    expect(found).toEqual(expect.arrayContaining(['$states', '$total', '$partition', '$sum']));
    expect(await offered(jsonata('"Type": "Pass", "Comment": "costs $|"'))).toEqual([]);
  });

  test('the context object and intrinsic functions in JSONPath', async () => {
    expect(await offered(inState('"Type": "Pass", "Parameters": {"id.$": "$$.Execution.|"}'))).toContain('Id');
    expect(await offered(inState('"Type": "Pass", "Parameters": {"id.$": "States.|"}'))).toContain('States.Format');
    expect(await offered(inState('"Type": "Pass", "Parameters": {"id.$": "States.Format(\'{}\', States.|"}'))).toContain('States.UUID');
    expect(await offered(inState('"Type": "Pass", "Parameters": {"id": "States.|"}'))).toEqual([]);
  });
});

describe('a field under the pointer', () => {
  test('is explained where it is one', () => {
    const source = inState('"Type": "Task", "Retry": [{"BackoffRate": 2}]');
    const words = (name: string) => fieldAt(source, source.indexOf(`"${name}"`) + 3)?.field.words;
    expect(words('BackoffRate')).toContain('multiplied');
    expect(words('Retry')).toContain('try again');
    expect(words('B')).toBeUndefined();
    const data = inState('"Type": "Pass", "Result": {"Next": 1}');
    expect(fieldAt(data, data.indexOf('"Next"') + 2)).toBeUndefined();
  });
});
