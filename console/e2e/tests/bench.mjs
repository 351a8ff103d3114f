/** One state tested alone; Express state machines; a run as a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { assert, assertEqual, test } from '../harness.mjs';
import { ended, executionPath, machine, state, type } from '../world.mjs';

const sample = (name) => readFileSync(new URL(`../../src/samples/definitions/${name}.asl.json`, import.meta.url), 'utf8');

test('a state is tested step by step', async ({ page, go, server }) => {
  const arn = await machine(server, 'benched', {
    StartAt: 'Shape',
    States: {
      Shape: { Type: 'Pass', InputPath: '$.order', Parameters: { 'id.$': '$.id', fixed: 1 }, ResultPath: '$.shaped', Next: 'Done' },
      Done: { Type: 'Succeed' },
    },
  });
  await go(`/console/test-state?machine=${encodeURIComponent(arn)}&state=Shape`);
  await type(page, 'Input', '{"order": {"id": 7}}');
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByText('Succeeded', { exact: true }).waitFor();
  await page.getByText('goes on with').waitFor();
  assertEqual(await page.locator('.steps > li > div:first-child').allInnerTexts(), ['Input', 'After InputPath', 'After Parameters', 'After ResultSelector', 'After ResultPath', 'Output'], 'steps');
  await page.getByRole('region', { name: 'After Parameters' }).getByText('"fixed": 1').waitFor();
});

test('a state is tested on what an execution gave it, with a mocked error that is retried', async ({ page, go, server }) => {
  const { activityArn } = await server.call('CreateActivity', { name: 'benched-work' });
  const arn = await machine(server, 'benched-task', {
    StartAt: 'Work',
    States: { Work: { Type: 'Task', Resource: activityArn, Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3 }], End: true } },
  });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn: arn, input: '{"job": 4711}' });
  await go(executionPath(executionArn, '?state=Work'));
  await page.getByRole('button', { name: 'Test this state' }).click();
  await page.getByRole('textbox', { name: 'Input' }).getByText('4711').waitFor();
  await page.getByRole('button', { name: 'Error', exact: true }).click();
  await page.getByRole('textbox', { name: 'Mocked error' }).fill('Busy');
  await page.getByRole('textbox', { name: 'Mocked cause' }).fill('come back later');
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByText('Failed, and would be tried again').waitFor();
  await page.getByText('come back later').waitFor();
  await page.getByRole('region', { name: 'Retry and Catch' }).getByText('"retryBackoffIntervalSeconds": 3').waitFor();
  await page.getByRole('button', { name: 'Result', exact: true }).click();
  await type(page, 'Mocked result', '{"done": true}');
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByRole('region', { name: 'Output' }).getByText('"done": true').waitFor();
});

test('a state is tested with variables and context, and a refusal is told', async ({ page, go }) => {
  await go('/console/test-state');
  await type(page, 'Definition', '{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "QueryLanguage": "JSONata", "Arguments": {"FunctionName": "f"}, "Output": {"sum": "{% $a + $states.context.Execution.Input.b %}"}, "End": true}');
  await type(page, 'Variables', '{"a": 40}');
  await type(page, 'Context object', '{"Execution": {"Input": {"b": 2}}}');
  await page.getByRole('button', { name: 'Result', exact: true }).click();
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByRole('region', { name: 'Output' }).getByText('"sum": 42').waitFor();
  await type(page, 'Definition', '{"Type": "Fails"}');
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.getByText('The state could not be tested').waitFor();
}, { expectsRefusals: true });

test('a run is exported, and opened without asking the server', async ({ page, go, server, out }) => {
  const arn = await machine(server, 'exported', sample('trip-saga'));
  await go(executionPath(await ended(server, arn, { destination: 'Rome', rooms: 0 })));
  await state(page, 'TellTraveller', 'failed').waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const download = await saving;
  assert(download.suggestedFilename().endsWith('.run.json'), download.suggestedFilename());
  const file = new URL('exported.run.json', out).pathname;
  await download.saveAs(file);
  await go('/console/open');
  await page.getByText('Drop a file here').waitFor();
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.getByLabel('File of a run').setInputFiles(file);
  await state(page, 'TellTraveller', 'failed').waitFor();
  await page.getByText('Read from a file').waitFor();
  await state(page, 'CancelFlight').click();
  await page.getByText('"cancelled": "flight"').waitFor();
  await page.getByRole('button', { name: 'One event back' }).click();
  await state(page, 'TellTraveller', 'running').waitFor();
  page.removeAllListeners('request');
  assertEqual(asked.filter((url) => !url.includes('/assets/')), [], 'requests while the file is looked at');
  assertEqual(await page.getByRole('button', { name: 'New execution' }).count(), 0, 'ways to start from a file');
});

test('a file that is no run is refused with its reason', async ({ page, go, out }) => {
  const file = new URL('no-run.json', out).pathname;
  writeFileSync(file, '{"kind": "a cake"}');
  await go('/console/open');
  await page.getByLabel('File of a run').setInputFiles(file);
  await page.getByText('expected a run that was exported by this console').waitFor();
});

test('an Express execution is started and waited for, and its page shows what it did', async ({ page, go, server }) => {
  const arn = await machine(server, 'quick', { StartAt: 'A', States: { A: { Type: 'Pass', Result: { quick: true }, End: true } } }, 'EXPRESS');
  await go(`/console/machines/${encodeURIComponent(arn)}`);
  await page.getByText('Express', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start and wait' }).click();
  await page.getByRole('region', { name: 'output of the execution' }).getByText('"quick": true').waitFor();
  await page.getByRole('link', { name: 'See what it did' }).click();
  await page.getByText('Succeeded').first().waitFor();
  await page.locator('.g-state.g-succeeded').first().waitFor();
  await go(`/console/machines/${encodeURIComponent(arn)}`);
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start without waiting' }).click();
  await page.getByText('Succeeded').first().waitFor();
  await go(`/console/machines/${encodeURIComponent(arn)}`);
  await page.getByText('Succeeded').nth(1).waitFor();
});
