/** From an empty server to a finished coloured graph. */
import { assert, test } from '../harness.mjs';
import { state } from '../world.mjs';

test('an empty server shows ways to begin', async ({ page, go, out }) => {
  await go('/');
  await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
  assert(page.url().endsWith('/console/'), page.url());
  await page.getByRole('button', { name: 'Create state machine' }).waitFor();
  const stroke = await page.locator('.gallery-picture .g-box').first().evaluate((box) => getComputedStyle(box).stroke);
  assert(stroke !== 'none', 'the pictures of the samples have their style');
  await page.screenshot({ path: new URL('first-run-1440.png', out).pathname, fullPage: true });
});

test('one click leads to a finished coloured graph, and says why it failed', async ({ page, go }) => {
  await go('/');
  await page.getByRole('button', { name: 'Create and run Trip saga' }).click();
  await state(page, 'TellTraveller', 'failed').waitFor();
  await state(page, 'BookTrip', 'caught').waitFor();
  await state(page, 'BookFlight', 'aborted').waitFor();
  await state(page, 'CancelFlight', 'succeeded').waitFor();
  await page.getByText('The execution failed in TellTraveller').waitFor();
  await page.getByText('Trip.NotPossible', { exact: true }).waitFor();
});

test('a running execution is shown as it runs', async ({ page, go }) => {
  await go('/console/samples');
  await page.getByRole('button', { name: 'Create and run Hello' }).click();
  await state(page, 'TakeABreath', 'running').waitFor();
  await state(page, 'Done', 'succeeded').waitFor();
  await page.getByText('"greeting": "Hello, world!"').waitFor();
});

test('every sample runs to its end', async ({ page, go }) => {
  const last = { 'Support ticket': 'Close', 'Invoice lines': 'AddUp', 'Flaky service': 'Done', Countdown: 'LiftOff' };
  for (const [title, name] of Object.entries(last)) {
    await go('/console/samples');
    await page.getByRole('button', { name: `Create and run ${title}` }).click();
    await state(page, name, 'succeeded').waitFor();
  }
});

test('a sample that is already there is run again', async ({ page, go }) => {
  await go('/console/samples');
  await page.getByRole('button', { name: 'Create and run Invoice lines' }).click();
  await state(page, 'AddUp', 'succeeded').waitFor();
});
