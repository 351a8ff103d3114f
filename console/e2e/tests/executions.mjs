/** One execution: its views, its past, what can be done with it. */
import { readFileSync } from 'node:fs';
import { assert, assertEqual, test } from '../harness.mjs';
import { ended, executionPath, machine, state } from '../world.mjs';

const sample = (name) => readFileSync(new URL(`../../src/samples/definitions/${name}.asl.json`, import.meta.url), 'utf8');
const made = new Map();

/** An execution of a sample that has ended; each is made once. */
async function ran(server, name, input) {
  const key = JSON.stringify([name, input]);
  if (!made.has(key)) made.set(key, await ended(server, await machine(server, `of-${name}`, sample(name)), input));
  return made.get(key);
}

const LINES = { lines: [{ article: 'a', quantity: 12, price: 3 }, { article: 'b', quantity: 1, price: 9.5 }] };

test('a state shows what it was given and what it made of it', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 })));
  await state(page, 'CancelFlight').click();
  await page.getByRole('heading', { name: 'CancelFlight', exact: false }).waitFor();
  await page.getByText('"cancelled": "flight"').waitFor();
  assert(page.url().includes('state=CancelFlight'), page.url());
  await page.getByRole('tab', { name: 'Definition' }).click();
  await page.getByRole('region', { name: 'definition of CancelFlight' }).waitFor();
  await page.getByRole('tab', { name: 'Events (2)' }).click();
  await page.getByRole('button', { name: 'PassStateExited' }).waitFor();
});

test('the card about the failure leads to the state that failed', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 })));
  await page.getByRole('button', { name: 'Show TellTraveller' }).click();
  await page.getByRole('heading', { name: 'TellTraveller', exact: false }).waitFor();
});

test('the table has a row for each visit, inner ones below', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 }), '?view=table'));
  const names = page.getByRole('table', { name: 'States' }).locator('.visit-link');
  await names.first().waitFor();
  assertEqual(await names.allTextContents(), ['BookTrip', 'BookFlight', 'RoomLeft', 'NoRoom', 'CancelFlight', 'TellTraveller'], 'rows');
});

test('the timeline has a bar for each attempt', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'flaky-service', { unavailable: 1 }), '?view=timeline&state=CallService'));
  await page.locator('.bar-attempt').first().waitFor();
  assertEqual(await page.locator('.bar-attempt.bar-failed').count(), 4, 'failed attempts');
  await page.getByText('4 attempts').waitFor();
});

test('events open to what they hold', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'invoice-map', LINES), '?view=events'));
  await page.getByRole('button', { name: 'ExecutionStarted' }).click();
  await page.getByRole('region', { name: 'details of event 1' }).getByText('"article": "a"').waitFor();
});

test('the past is one slider away', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 })));
  await state(page, 'TellTraveller', 'failed').waitFor();
  const back = page.getByRole('button', { name: 'One event back' });
  await back.click();
  await state(page, 'TellTraveller', 'running').waitFor();
  assertEqual(await page.getByText('The execution failed in').count(), 0, 'cards about the failure');
  await back.click();
  assertEqual(await state(page, 'TellTraveller', 'running').count(), 0, 'colours of what is not yet entered');
  assert(page.url().includes('t=12'), page.url());
  await page.getByRole('button', { name: 'Latest' }).click();
  await state(page, 'TellTraveller', 'failed').waitFor();
});

test('one iteration of a Map is looked at alone', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'invoice-map', LINES), '?state=EachLine'));
  await state(page, 'ApplyDiscount', 'succeeded').waitFor();
  await page.getByText('2 succeeded', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Iteration' }).click();
  await page.getByRole('option', { name: 'Item 1' }).click();
  await state(page, 'PriceOfLine', 'succeeded').waitFor();
  assertEqual(await state(page, 'ApplyDiscount', 'succeeded').count(), 0, 'states of the other item');
  await page.reload();
  await state(page, 'PriceOfLine', 'succeeded').waitFor();
  assertEqual(await state(page, 'ApplyDiscount', 'succeeded').count(), 0, 'states of the other item after a reload');
});

test('each visit of a loop has its own data', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'countdown', { from: 2 }), '?state=CountDown'));
  await page.getByText('Entered 2 times', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'variables' }).getByText('"count": 0').waitFor();
  await page.getByRole('button', { name: 'Visit' }).click();
  await page.getByRole('option', { name: '#1' }).click();
  await page.getByRole('region', { name: 'variables' }).getByText('"count": 1').waitFor();
});

test('a running execution is stopped', async ({ page, go, server }) => {
  const stateMachineArn = await machine(server, 'sleeper', { StartAt: 'Sleep', States: { Sleep: { Type: 'Wait', Seconds: 3000, End: true } } });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn });
  await go(executionPath(executionArn));
  await state(page, 'Sleep', 'running').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Cause' }).fill('not needed any more');
  await page.getByRole('button', { name: 'Stop execution' }).click();
  await state(page, 'Sleep', 'aborted').waitFor();
  await page.getByText('not needed any more').first().waitFor();
});

test('an execution that failed is redriven and goes on', async ({ page, go, server }) => {
  const stateMachineArn = await machine(server, 'redriven', {
    StartAt: 'Before',
    States: {
      Before: { Type: 'Pass', Next: 'Work' },
      Work: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: { StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:made-later' },
        End: true,
      },
    },
  });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn });
  await go(executionPath(executionArn));
  await state(page, 'Work', 'failed').waitFor();
  await machine(server, 'made-later', { StartAt: 'Do', States: { Do: { Type: 'Wait', Seconds: 2, End: true } } });
  await page.getByRole('button', { name: 'Redrive', exact: true }).click();
  await page.getByRole('button', { name: 'Redrive execution' }).click();
  await state(page, 'Work', 'running').waitFor();
  await state(page, 'Work', 'succeeded').waitFor();
  await state(page, 'Before', 'succeeded').waitFor();
  await page.getByText('Redrives 1', { exact: true }).waitFor();
});

test('an execution is started again with the same and with another input', async ({ page, go, server }) => {
  const first = await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 });
  await go(executionPath(first));
  await page.getByRole('button', { name: 'More ways to start' }).click();
  await page.getByRole('menuitem', { name: 'Start with the same input' }).click();
  await page.waitForFunction((old) => !location.href.includes(old), encodeURIComponent(first));
  await state(page, 'TellTraveller', 'failed').waitFor();
  await page.getByRole('button', { name: 'New execution', exact: true }).click();
  await page.getByRole('textbox', { name: 'Input' }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('{"destination": "Rome", "rooms": 2}');
  await page.getByRole('dialog').getByRole('button', { name: 'Start execution' }).click();
  await state(page, 'Travel', 'succeeded').waitFor();
});

test('the start is copied for other clients', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: "L'Aquila", rooms: 0 })));
  await page.getByRole('button', { name: 'Copy as' }).click();
  await page.getByRole('menuitem', { name: 'AWS CLI' }).click();
  await page.getByText('Copied. It starts an execution').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert(copied.includes(`--endpoint-url ${server.origin}`) && copied.includes(`L'\\''Aquila`), copied);
});

test('the coloured picture is saved as one file', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'trip-saga', { destination: 'Rome', rooms: 0 })));
  await state(page, 'TellTraveller', 'failed').waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the picture as SVG' }).click();
  const svg = readFileSync(await (await saving).path(), 'utf8');
  assert(svg.startsWith('<svg') && svg.includes('TellTraveller, Fail · Trip.NotPossible, failed'), svg.slice(0, 200));
  assert(!/<script|href=|url\(/.test(svg), 'it needs nothing else');
});

test('the graph is walked through with the keyboard', async ({ page, go, server }) => {
  await go(executionPath(await ran(server, 'countdown', { from: 2 })));
  await state(page, 'Prepare').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('heading', { name: 'IsZero', exact: false }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('heading', { name: 'Prepare', exact: false }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Execution', exact: false }).waitFor();
});

test('of a long history only what is seen is in the page', async ({ page, go, server }) => {
  const stateMachineArn = await machine(server, 'long', {
    QueryLanguage: 'JSONata',
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Items: '{% [1..1000] %}',
        ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
  });
  const executionArn = await ended(server, stateMachineArn);
  await go(executionPath(executionArn, '?view=events'));
  await page.getByRole('button', { name: 'ExecutionStarted' }).waitFor();
  // With the head. The first thousand are there before the others.
  await page.locator('[role="table"][aria-rowcount="6007"]').waitFor();
  const rows = await page.locator('.rows-row').count();
  assert(rows < 80, `expected less than 80 rows in the document, found ${rows}`);
  await go(executionPath(executionArn, '?view=table'));
  await page.locator('.rows-row').first().waitFor();
  assert((await page.locator('.rows-row').count()) < 80, 'the table, too, has only what is seen');
});
