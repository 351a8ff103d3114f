/** State machines: found, created, changed, started, deleted. */
import { assert, assertEqual, test } from '../harness.mjs';
import { machine, machinePath, state, type } from '../world.mjs';

const PASS = { StartAt: 'Only', States: { Only: { Type: 'Pass', End: true } } };

test('state machines are found by name', async ({ page, go, server }) => {
  await machine(server, 'needle', PASS);
  await go('/console/machines');
  await page.getByPlaceholder('Find by name').fill('NEED');
  await page.getByText('1 found').first().waitFor();
  await page.getByRole('link', { name: 'needle' }).click();
  await page.getByRole('heading', { name: 'needle', exact: false }).first().waitFor();
  await page.getByText('Nothing has been started yet.').waitFor();
});

test('the graph stays alive while the text is broken', async ({ page, go }) => {
  await go('/console/machines/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('typed');
  await type(page, 'Definition', '{"StartAt": "First", "States": {"First": {"Type": "Pass", "Next": "Second"}, "Second": {"Type": ');
  await state(page, 'First').waitFor();
  await state(page, 'Second').waitFor();
  await page.getByText('The text is not whole').waitFor();
});

test('a definition that the server refuses is refused with its reason', async ({ page, go }) => {
  await go('/console/machines/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('refused');
  await type(page, 'Definition', '{"StartAt": "Missing", "States": {"A": {"Type": "Pass", "End": true}}}');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('The state machine was not created').waitFor();
  await page.locator('.refusal').getByText('MISSING_TRANSITION_TARGET').waitFor();
}, { expectsRefusals: true });

test('a state machine is created from what was typed', async ({ page, go }) => {
  await go('/console/machines/new');
  await page.getByRole('textbox', { name: 'Name' }).fill('typed');
  await type(page, 'Definition', JSON.stringify(PASS));
  await state(page, 'Only').waitFor();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: 'typed', exact: false }).first().waitFor();
  await page.getByRole('tab', { name: 'Definition' }).click();
  await state(page, 'Only').waitFor();
  assert(page.url().endsWith('?tab=definition'), 'the tab is in the address');
});

test('a state in the picture is found in the text', async ({ page, go, server }) => {
  const arn = await machine(server, 'selecting', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Succeed' } } });
  await go(machinePath(arn, '?tab=definition'));
  await state(page, 'B').click();
  await page.waitForFunction(() => {
    const root = document.querySelector('.code')?.shadowRoot;
    return Boolean(root?.querySelector('.cm-selectionBackground'));
  });
});

test('a definition is changed, saved and started', async ({ page, go, server }) => {
  const arn = await machine(server, 'changing', PASS);
  await go(machinePath(arn, '/edit'));
  await type(page, 'Definition', '{"StartAt": "Renamed", "States": {"Renamed": {"Type": "Pass", "End": true}}}');
  await state(page, 'Renamed').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const diff = page.getByRole('region', { name: 'What changes' });
  await diff.getByText('Only', { exact: false }).first().waitFor();
  await diff.getByText('Renamed', { exact: false }).first().waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('changing is saved').waitFor();
  assert((await server.call('DescribeStateMachine', { stateMachineArn: arn })).definition.includes('Renamed'), 'it is saved');
  await page.getByRole('button', { name: 'Start execution' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('by-hand');
  await type(page, 'Input', '{"from": "the dialog"}');
  await page.getByRole('dialog').getByRole('button', { name: 'Start execution' }).click();
  await state(page, 'Renamed', 'succeeded').waitFor();
  await page.getByRole('heading', { name: 'by-hand', exact: false }).first().waitFor();
  await page.getByText('"from": "the dialog"').first().waitFor();
});

test('an input that is no JSON cannot be sent', async ({ page, go, server }) => {
  const arn = await machine(server, 'strict', PASS);
  await go(machinePath(arn));
  await page.getByRole('button', { name: 'Start execution' }).first().click();
  await type(page, 'Input', '{"half": ');
  assert(await page.getByRole('dialog').getByRole('button', { name: 'Start execution' }).isDisabled(), 'the button is off');
});

test('executions are filtered by status, and the filter is in the address', async ({ page, go, server }) => {
  const arn = await machine(server, 'filtered', {
    StartAt: 'Which',
    States: {
      Which: { Type: 'Choice', Choices: [{ Variable: '$.fail', BooleanEquals: true, Next: 'No' }], Default: 'Yes' },
      Yes: { Type: 'Succeed' },
      No: { Type: 'Fail', Error: 'No' },
    },
  });
  for (const [name, fail] of [['good', false], ['bad', true]]) {
    await server.call('StartExecution', { stateMachineArn: arn, name, input: JSON.stringify({ fail }) });
  }
  await go(machinePath(arn));
  await page.getByRole('link', { name: 'good' }).waitFor();
  await page.getByRole('button', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.getByRole('link', { name: 'good' }).waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'bad' }).waitFor();
  assert(page.url().includes('status=FAILED'), page.url());
  await page.reload();
  await page.getByRole('link', { name: 'bad' }).waitFor();
  assertEqual(await page.getByRole('link', { name: 'good' }).count(), 0, 'executions that succeeded');
});

test('a state machine is copied', async ({ page, go, server }) => {
  const arn = await machine(server, 'original', PASS);
  await go(machinePath(arn));
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await state(page, 'Only').waitFor();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: 'original-copy', exact: false }).first().waitFor();
});

test('a state machine is deleted after a question', async ({ page, go, server }) => {
  const arn = await machine(server, 'doomed', PASS);
  await go(machinePath(arn));
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('doomed is deleted.').waitFor();
  assert(page.url().endsWith('/console/machines'), page.url());
  // The page that showed it may ask for it once more before it is left.
}, { expectsRefusals: true });

test('what does not exist is said to be missing', async ({ page, go }) => {
  await go(machinePath('arn:aws:states:us-east-1:000000000000:stateMachine:nothing'));
  await page.getByText('There is no such state machine').waitFor();
  await go('/console/executions/arn%3Aaws%3Astates%3Aus-east-1%3A000000000000%3Aexecution%3Anothing%3Anone');
  await page.getByText('There is no such execution').waitFor();
  await go('/console/nowhere');
  await page.getByText('There is no such page').waitFor();
}, { expectsRefusals: true });
