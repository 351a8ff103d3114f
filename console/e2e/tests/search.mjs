/** The executions of all state machines: found by what the address says, and stopped many at once. */
import { assert, assertEqual, test } from '../harness.mjs';
import { ended, machine } from '../world.mjs';

const FAIL = { StartAt: 'No', States: { No: { Type: 'Fail', Error: 'Parcel.Lost', Cause: 'it fell off the van' } } };
const PASS = { StartAt: 'Yes', States: { Yes: { Type: 'Pass', End: true } } };
const SLEEP = { StartAt: 'Sleep', States: { Sleep: { Type: 'Wait', Seconds: 3000, End: true } } };

const rows = (page) => page.getByRole('table', { name: 'Executions' }).getByRole('rowheader');

async function started(server, stateMachineArn, name) {
  return (await server.call('StartExecution', { stateMachineArn, name })).executionArn;
}

test('executions of all state machines are found by name, error, status and time', async ({ page, go, server }) => {
  const [pass, fail] = [await machine(server, 'search-pass', PASS), await machine(server, 'search-fail', FAIL)];
  for (const name of ['search-one', 'search-two']) for (const arn of [pass, fail]) await started(server, arn, `${name}-${arn.split('-').at(-1)}`);
  await go('/console/executions?since=1h');
  await page.getByRole('searchbox', { name: 'Part of the name' }).fill('SEARCH-ONE');
  await page.waitForURL(/name=SEARCH-ONE/);
  await page.getByRole('link', { name: 'search-two-fail' }).waitFor({ state: 'detached' });
  assertEqual(await rows(page).allInnerTexts(), ['search-one-fail', 'search-one-pass'], 'executions with the name');
  await page.getByRole('searchbox', { name: 'Part of the error' }).fill('parcel');
  await page.getByRole('link', { name: 'search-one-pass' }).waitFor({ state: 'detached' });
  await page.getByText('Parcel.Lost').waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'search-one-fail' }).waitFor();
  assertEqual(await rows(page).allInnerTexts(), ['search-one-fail'], 'executions after a reload');
  await page.getByRole('button', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Succeeded' }).click();
  await page.getByText('Nothing here is as the filter wants it.').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('link', { name: 'search-two-pass' }).waitFor();
  assert(!page.url().includes('?'), page.url());
});

test('executions are found between two moments, and of one state machine', async ({ page, go, server }) => {
  const arn = await machine(server, 'search-time', PASS);
  await started(server, arn, 'timely');
  await go(`/console/executions?machine=${encodeURIComponent(arn)}&from=2001-01-01T00:00&until=2002-01-01T00:00`);
  await page.getByText('Nothing here is as the filter wants it.').waitFor();
  await page.getByLabel('Until').fill('2090-01-01T00:00');
  await page.getByRole('link', { name: 'timely' }).waitFor();
  assertEqual(await rows(page).count(), 1, 'executions of this machine');
  await page.getByRole('button', { name: 'Started' }).click();
  await page.getByRole('option', { name: 'Last 15 minutes' }).click();
  await page.waitForURL(/since=15m/);
  await page.getByRole('link', { name: 'timely' }).waitFor();
});

test('those that are selected are stopped, then all that match', async ({ page, go, server }) => {
  const arn = await machine(server, 'search-sleep', SLEEP);
  for (let number = 0; number < 4; number += 1) await started(server, arn, `asleep-${number}`);
  await go('/console/executions?name=asleep');
  await page.getByRole('checkbox', { name: 'Select asleep-2' }).check({ force: true });
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Stop the 1 selected' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Cause' }).fill('tidying up');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop executions' }).click();
  await page.getByText('1 execution is stopped.').waitFor();
  const stopped = await server.call('DescribeExecution', { executionArn: `${arn.replace('stateMachine', 'execution')}:asleep-2` });
  assertEqual([stopped.status, stopped.cause], ['ABORTED', 'tidying up'], 'the selected one');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Stop all that match and run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stop executions' }).click();
  await page.getByText('3 executions are stopped.').waitFor();
  const running = await server.call('ListExecutions', { stateMachineArn: arn, statusFilter: 'RUNNING' });
  assertEqual(running.executions, [], 'what still runs');
});

test('more than a page of executions is fetched when it is wanted', async ({ page, go, server }) => {
  const arn = await machine(server, 'search-many', PASS);
  for (let number = 0; number < 120; number += 1) await started(server, arn, `many-${String(number).padStart(3, '0')}`);
  await go('/console/executions?name=many-&since=1h');
  await page.getByRole('link', { name: 'many-119' }).waitFor();
  assertEqual(await rows(page).count(), 50, 'rows on the first page');
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.getByRole('link', { name: 'many-069' }).waitFor();
  await page.getByRole('button', { name: 'Next page' }).click();
  await page.getByRole('link', { name: 'many-000' }).waitFor();
});

test('a page that found nothing yet looks further back', async ({ page, go, server }) => {
  const arn = await machine(server, 'search-far', PASS);
  const executionArn = await started(server, arn, 'far-back');
  const found = await server.call('DescribeExecution', { executionArn });
  const asked = [];
  await page.route('**/console/api/executions?**', (route) => {
    const after = new URL(route.request().url()).searchParams.get('after');
    asked.push(after);
    return route.fulfill({ json: after === null ? { executions: [], nextToken: 'further' } : { executions: [found] } });
  });
  try {
    await go('/console/executions?name=far');
    await page.getByRole('link', { name: 'far-back' }).waitFor();
    // The first part is asked for again whenever a list changes meanwhile.
    assertEqual([...new Set(asked)], [null, 'further'], 'what was asked');
  } finally {
    await page.unrouteAll();
  }
});

test('the overview counts what was started and what failed, and leads there', async ({ page, go, server }) => {
  const arn = await machine(server, 'overview-fail', FAIL);
  await ended(server, arn);
  await go('/console/?hours=1');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('table', { name: 'Busiest state machines' }).waitFor();
  await page.getByRole('table', { name: 'Newest failures' }).getByText('Parcel.Lost').first().waitFor();
  await page.getByRole('img', { name: /executions were started, [\d,]+ of them failed/ }).waitFor();
  const failed = page.getByRole('link', { name: /^Failed: \d+$/ });
  const before = Number((await failed.innerText()).replaceAll(',', ''));
  await ended(server, arn);
  await page.getByRole('link', { name: `Failed: ${before + 1}` }).waitFor();
  await failed.click();
  await page.waitForURL(/executions\?status=FAILED&since=1h/);
  await page.getByRole('heading', { name: 'Executions' }).waitFor();
});
