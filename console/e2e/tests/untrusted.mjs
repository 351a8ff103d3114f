/** What others wrote is text: names, comments, conditions, inputs, outputs, errors, causes (S13). */
import { writeFileSync } from 'node:fs';
import { assert, assertEqual, test } from '../harness.mjs';
import { executionPath, machine, machinePath, type } from '../world.mjs';

const PAYLOADS = [
  '<script>window.injected=1</script>',
  '"><img src=x onerror=window.injected=1>',
  "'><svg onload=window.injected=1>",
  '</text><script>window.injected=1</script>',
  '</title><img src=x onerror=window.injected=1>',
  'javascript:window.injected=1',
  '{{constructor.constructor("window.injected=1")()}}',
  '<iframe srcdoc="<script>parent.injected=1</script>">',
  '&lt;script&gt;window.injected=1&lt;/script&gt;',
  '<a href="javascript:window.injected=1">here</a>',
  ']]><script>window.injected=1</script>',
  '<style>*{display:none}</style>',
  '\u202Egnp.exe\u202C',
  '<math><mtext></mtext><mglyph><style><img src onerror=window.injected=1>',
];

const short = (text) => text.slice(0, 70);

async function isUntouched(page) {
  assertEqual(await page.evaluate(() => window.injected ?? null), null, 'what a payload did');
  const foreign = await page.locator('#root iframe, #root math, #root a[href^="javascript"], #root img[src="x"], #root script, #root style').count();
  assertEqual(foreign, 0, 'elements that a payload made');
}

/** One machine whose states, comments and conditions are payloads, and which fails with the last of them. */
function definition() {
  const states = {};
  for (const [index, payload] of PAYLOADS.entries()) {
    const next = index + 1 < PAYLOADS.length ? name(index + 1) : 'Last';
    states[name(index)] = {
      Type: 'Choice',
      Comment: payload,
      Choices: [{ Variable: '$.x', StringEquals: payload, Next: next }],
      Default: next,
    };
  }
  return { Comment: PAYLOADS[0], StartAt: name(0), States: { ...states, Last: { Type: 'Fail', ErrorPath: '$.x', CausePath: '$.x' } } };
}

const name = (index) => `${index}${short(PAYLOADS[index])}`;

let made;
async function failed(server) {
  if (made !== undefined) return made;
  const arn = await machine(server, 'payloads', definition());
  const executions = [];
  for (const payload of PAYLOADS) {
    const input = JSON.stringify({ x: payload, [payload]: payload });
    executions.push((await server.call('StartExecution', { stateMachineArn: arn, input })).executionArn);
  }
  made = { arn, executions };
  return made;
}

test('payloads in a definition and in data are text in every view', async ({ page, go, server }) => {
  const { arn, executions } = await failed(server);
  for (const view of ['graph', 'table', 'timeline', 'events']) {
    await go(executionPath(executions[0], `?view=${view}&state=Last`));
    await page.locator('.why-error').first().waitFor();
    await isUntouched(page);
  }
  for (const [index, execution] of executions.entries()) {
    await go(executionPath(execution, `?state=${encodeURIComponent(name(index))}`));
    await page.locator('.why-error').first().waitFor();
    assertEqual(await page.locator('.why-error').first().textContent(), PAYLOADS[index], 'the error as it is shown');
    await isUntouched(page);
  }
  for (const path of [machinePath(arn, '?tab=definition'), machinePath(arn, '/edit'), `/console/test-state?machine=${encodeURIComponent(arn)}`]) {
    await go(path);
    await page.locator('h1').first().waitFor();
    await page.locator('.code').first().waitFor();
    await isUntouched(page);
  }
});

test('payloads in errors and causes are text in the lists over all machines', async ({ page, go, server }) => {
  await failed(server);
  await go('/console/executions?status=FAILED&error=window.injected');
  await page.locator('.error-of').first().waitFor();
  const shown = await page.locator('.error-of').allTextContents();
  assert(shown.includes(PAYLOADS[0]) && shown.includes(PAYLOADS[1]), JSON.stringify(shown));
  await isUntouched(page);
  await go('/console/?hours=1');
  await page.getByRole('table', { name: 'Newest failures' }).locator('.error-of').first().waitFor();
  await isUntouched(page);
});

test('payloads in an address, a palette and a test of a state are text', async ({ page, go }) => {
  for (const payload of PAYLOADS.slice(0, 4)) {
    const part = encodeURIComponent(payload);
    await go(`/console/executions?name=${part}&error=${part}`);
    await page.getByText('Nothing here is as the filter wants it.').waitFor();
    assertEqual(await page.getByRole('searchbox', { name: 'Part of the name' }).inputValue(), payload, 'the filter as it is shown');
    await isUntouched(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.insertText(payload);
    await page.getByText('Nothing here has this in its name.').waitFor();
    await isUntouched(page);
  }
  await go('/console/test-state');
  await type(page, 'Definition', JSON.stringify({ Type: 'Fail', Error: PAYLOADS[1], Cause: PAYLOADS[7] }));
  await page.getByRole('button', { name: 'Test state' }).click();
  await page.locator('.why-cause').getByText(PAYLOADS[7]).waitFor();
  await isUntouched(page);
});

test('payloads in descriptions, findings, a difference and a file are text', async ({ page, go, server, out }) => {
  const payload = PAYLOADS[1];
  const arn = await machine(server, 'described', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
  const { stateMachineVersionArn } = await server.call('PublishStateMachineVersion', { stateMachineArn: arn, description: payload });
  await server.call('CreateStateMachineAlias', {
    name: 'A',
    description: payload,
    routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
  });
  await go(machinePath(arn, '?tab=aliases'));
  await page.getByText(payload).waitFor();
  await isUntouched(page);
  await go(machinePath(arn, '?tab=versions'));
  await page.getByRole('radio').first().check({ force: true });
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByText(payload).waitFor();
  await isUntouched(page);
  await go(machinePath(arn, '/edit'));
  await type(page, 'Definition', JSON.stringify({ StartAt: payload, States: { A: { Type: payload, Comment: payload } } }));
  await page.locator('.finding').first().waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('region', { name: 'What changes' }).waitFor();
  await isUntouched(page);
  const text = { executionArn: payload, stateMachineArn: payload, name: payload, status: payload };
  const event = { id: 1, previousEventId: 0, timestamp: 1, type: payload, [`${payload}EventDetails`]: { name: payload, input: payload } };
  const ended = { id: 2, previousEventId: 1, timestamp: 2, type: 'ExecutionFailed', executionFailedEventDetails: { error: payload, cause: payload } };
  const file = new URL('payload.run.json', out).pathname;
  writeFileSync(file, JSON.stringify({ kind: 'stairway run', version: 1, execution: { ...text, startDate: 1 }, definition: { ...text, definition: payload }, events: [event, ended] }));
  for (const view of ['graph', 'table', 'timeline', 'events']) {
    await go(`/console/open?view=${view}`);
    await page.getByLabel('File of a run').setInputFiles(file);
    await page.getByText('Read from a file').waitFor();
    await isUntouched(page);
  }
});

test('payloads in tags, in the cause of a stop and in what the server refuses are text', async ({ page, go, server }) => {
  const payload = PAYLOADS[1];
  const stateMachineArn = await machine(server, 'tagged', { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 900, End: true } } });
  await server.call('TagResource', { resourceArn: stateMachineArn, tags: [{ key: 'note', value: 'a+b=c @ d:e/f' }] });
  await go(machinePath(stateMachineArn, '?tab=details'));
  await page.getByText('a+b=c @ d:e/f').waitFor();
  const { executionArn } = await server.call('StartExecution', { stateMachineArn });
  await server.call('StopExecution', { executionArn, error: payload, cause: payload });
  await go(executionPath(executionArn));
  await page.locator('.why-cause').first().waitFor();
  await isUntouched(page);
  await go(`/console/executions/${encodeURIComponent(payload)}`);
  await page.getByText('could not be read').or(page.getByText('There is no such execution')).waitFor();
  await isUntouched(page);
}, { expectsRefusals: true });
