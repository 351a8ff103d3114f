/** Pages that follow the server: by its events, and without them; and the keyboard. */
import { assert, assertEqual, test } from '../harness.mjs';
import { executionPath, machine, state } from '../world.mjs';

const WORK = (activityArn) => ({ StartAt: 'Work', States: { Work: { Type: 'Task', Resource: activityArn, Next: 'Done' }, Done: { Type: 'Succeed' } } });

async function working(server, name) {
  const { activityArn } = await server.call('CreateActivity', { name });
  const stateMachineArn = await machine(server, name, WORK(activityArn));
  const { executionArn } = await server.call('StartExecution', { stateMachineArn });
  return { activityArn, executionArn };
}

async function finish(server, activityArn) {
  const { taskToken } = await server.call('GetActivityTask', { activityArn });
  await server.call('SendTaskSuccess', { taskToken, output: '{}' });
}

test('an execution is followed by the events that the server sends, without asking', async ({ page, go, server }) => {
  const { activityArn, executionArn } = await working(server, 'streamed');
  const flows = page.waitForResponse((response) => response.url().includes('/console/api/events?execution='));
  await go(executionPath(executionArn));
  await state(page, 'Work', 'running').waitFor();
  assertEqual((await flows).headers()['content-type'], 'text/event-stream', 'type of the stream');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await finish(server, activityArn);
  await state(page, 'Done', 'succeeded').waitFor();
  await page.getByText('Succeeded', { exact: true }).first().waitFor();
  page.removeAllListeners('request');
  const histories = asked.filter((url) => url.includes('/console/api/history'));
  assertEqual(histories, [], 'histories that were read again');
});

test('an execution is followed by asking where events are cut off', async ({ page, go, server }) => {
  const { activityArn, executionArn } = await working(server, 'polled');
  await page.route('**/console/api/events**', (route) => route.fulfill({ status: 429, body: '' }));
  try {
    await go(executionPath(executionArn));
    await state(page, 'Work', 'running').waitFor();
    await finish(server, activityArn);
    await state(page, 'Done', 'succeeded').waitFor();
  } finally {
    await page.unrouteAll();
  }
}, { expectsRefusals: true });

test('a list shows what was made elsewhere', async ({ page, go, server }) => {
  await go('/console/machines');
  await page.getByRole('heading', { name: 'State machines' }).waitFor();
  await machine(server, 'made-elsewhere', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
  await page.getByPlaceholder('Find by name').fill('made-elsewhere');
  await page.getByRole('link', { name: 'made-elsewhere' }).waitFor();
});

test('the palette leads anywhere with the keyboard alone', async ({ page, go, server }) => {
  const arn = await machine(server, 'palette-target', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
  await server.call('StartExecution', { stateMachineArn: arn, name: 'palette-run' });
  await go('/console/machines');
  await page.getByRole('heading', { name: 'State machines' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('palette-target');
  await page.getByRole('option', { name: 'palette-target State machine' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'palette-target', exact: false }).first().waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('palette-run');
  await page.getByRole('option', { name: /palette-run/ }).waitFor();
  await page.keyboard.press('Enter');
  await state(page, 'A', 'succeeded').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: 'Go to' }).waitFor({ state: 'detached' });
});

test('keys lead to pages and through the past, and mean nothing while one writes', async ({ page, go, server }) => {
  const arn = await machine(server, 'keyed', { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn: arn });
  await go(executionPath(executionArn));
  await state(page, 'A', 'succeeded').waitFor();
  await page.keyboard.press('[');
  await page.waitForURL(/t=3/);
  await page.keyboard.press(']');
  await page.waitForURL((url) => !url.search.includes('t='));
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Along the transitions').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.getByRole('heading', { name: 'Executions' }).waitFor();
  await page.getByRole('searchbox', { name: 'Part of the name' }).click();
  await page.keyboard.type('gm?');
  await page.waitForURL(/name=gm/);
  assert(page.url().includes('/console/executions'), page.url());
});
