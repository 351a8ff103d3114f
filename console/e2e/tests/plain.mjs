/** A server, or a proxy before it, that answers AWS's operations and nothing under `/console/api/`. */
import { assert, test } from '../harness.mjs';
import { ended, executionPath, machine, state } from '../world.mjs';

const ONE = (name) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
const FAILING = { StartAt: 'No', States: { No: { Type: 'Fail', Error: 'Plain.Mishap', Cause: 'for the test' } } };

/** What a proxy says that lets nothing through but the root. */
const cut = (page) => page.route('**/console/api/**', (route) => route.fulfill({ status: 404, contentType: 'text/html', body: '<h1>Not found</h1>' }));

async function plainly(page, body) {
  await cut(page);
  try {
    await body();
  } finally {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  }
}

test('the overview counts what AWS’s operations tell, and says so', async ({ page, go, server }) => {
  await ended(server, await machine(server, 'plain-good', ONE('A')));
  await ended(server, await machine(server, 'plain-bad', FAILING));
  await plainly(page, async () => {
    await go('/console/');
    await page.getByText('Only AWS’s operations are answered here').waitFor();
    const row = page.getByRole('table', { name: 'Busiest state machines' }).getByRole('row', { name: /plain-bad/ });
    await row.getByText('1 (100 %)').waitFor();
    await page.getByRole('table', { name: 'Newest failures' }).getByText('Plain.Mishap').first().waitFor();
  });
  await go('/console/?hours=1');
  await page.getByRole('table', { name: 'Busiest state machines' }).waitFor();
  assert((await page.getByText('Only AWS’s operations are answered here').count()) === 0, 'the hint is gone');
}, { expectsRefusals: true });

test('executions are found by machine, status, name and error from AWS’s operations alone', async ({ page, go, server }) => {
  const bad = await machine(server, 'plain-search', FAILING);
  await server.call('StartExecution', { stateMachineArn: bad, name: 'plain-first' });
  await ended(server, bad);
  await plainly(page, async () => {
    await go(`/console/executions?status=FAILED&error=mishap&name=PLAIN-F&machine=${encodeURIComponent(bad)}`);
    await page.getByRole('link', { name: 'plain-first' }).waitFor();
    assert((await page.getByRole('table', { name: 'Executions' }).getByText('Failed', { exact: true }).count()) === 1, 'one row');
    await go('/console/executions?error=no-such-error');
    await page.getByText('Nothing here is as the filter wants it.').waitFor();
  });
}, { expectsRefusals: true });

test('an execution is shown and followed from AWS’s operations alone', async ({ page, go, server }) => {
  const { activityArn } = await server.call('CreateActivity', { name: 'plain-work' });
  const working = await machine(server, 'plain-work', {
    StartAt: 'Work',
    States: { Work: { Type: 'Task', Resource: activityArn, Next: 'Done' }, Done: { Type: 'Succeed' } },
  });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn: working });
  await plainly(page, async () => {
    await go(executionPath(executionArn));
    await state(page, 'Work', 'running').waitFor();
    const { taskToken } = await server.call('GetActivityTask', { activityArn });
    await server.call('SendTaskSuccess', { taskToken, output: '{}' });
    await state(page, 'Done', 'succeeded').waitFor();
  });
}, { expectsRefusals: true });
