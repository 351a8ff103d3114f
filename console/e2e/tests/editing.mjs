/** What the editor tells while one types, versions and aliases, tags, logging. */
import { assert, assertEqual, test } from '../harness.mjs';
import { machine, machinePath, state, type } from '../world.mjs';

const one = (name) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });

test('what the server finds in a definition is told beside it, and leads to its place', async ({ page, go }) => {
  await go('/console/machines/new');
  const findings = page.getByRole('region', { name: 'Findings' });
  await findings.getByText('The server would take it').waitFor();
  await type(page, 'Definition', '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}}');
  await findings.getByText('MISSING_TRANSITION_TARGET').waitFor();
  await findings.getByRole('button').first().click();
  const selected = () => document.querySelector('.code')?.shadowRoot?.querySelector('.cm-selectionBackground') !== null;
  await page.waitForFunction(selected);
  await page.waitForFunction(() => document.querySelector('.code')?.shadowRoot?.querySelector('.cm-lintRange-error') !== null);
});

test('names of states and of variables are offered where they belong', async ({ page, go }) => {
  await go('/console/machines/new');
  await type(page, 'Definition', '{"StartAt": "First", "States": {"First": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Second"}, "Second": {"Type": "Pass", "Next": "');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: 'First' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.insertText('", "Output": "{% $t');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: '$total' }).waitFor();
});

test('a version is published with a change, compared, started and deleted', async ({ page, go, server }) => {
  const arn = await machine(server, 'versioned', one('Old'));
  await go(machinePath(arn, '/edit'));
  await type(page, 'Definition', JSON.stringify(one('New')));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('checkbox', { name: 'Publish it as a version' }).check({ force: true });
  await page.getByRole('dialog').getByRole('button', { name: 'Save and publish' }).click();
  await page.getByText('versioned is saved as version 1').waitFor();
  await server.call('UpdateStateMachine', { stateMachineArn: arn, definition: JSON.stringify(one('Newest')) });
  await go(machinePath(arn, '?tab=versions'));
  await page.getByRole('button', { name: 'Publish version' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByText('Version 2 is what versioned is now.').waitFor();
  await page.getByRole('radio', { name: 'Select version 1' }).check({ force: true });
  await page.getByRole('button', { name: 'Compare' }).click();
  const diff = page.getByRole('region', { name: 'What changed since' });
  await diff.getByText('Newest', { exact: false }).first().waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('tabpanel').getByRole('button', { name: 'Start execution' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start execution' }).click();
  await state(page, 'New', 'succeeded').waitFor();
  await go(machinePath(arn, '?tab=versions'));
  await page.getByRole('radio', { name: 'Select version 1' }).check({ force: true });
  await page.getByRole('tabpanel').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Version 1 is deleted.').waitFor();
});

test('an alias is created with two versions by weight, changed, started and deleted', async ({ page, go, server }) => {
  const arn = await machine(server, 'aliased', one('A'));
  await server.call('PublishStateMachineVersion', { stateMachineArn: arn });
  await server.call('UpdateStateMachine', { stateMachineArn: arn, definition: JSON.stringify(one('B')), publish: true });
  await go(machinePath(arn, '?tab=aliases'));
  await page.getByText('There are no aliases yet.').waitFor();
  await page.getByRole('button', { name: 'Create alias' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('PROD');
  await dialog.getByRole('button', { name: 'Leads to' }).click();
  await page.getByRole('option', { name: 'Version 1' }).click();
  await dialog.getByRole('button', { name: 'Other version' }).click();
  await page.getByRole('option', { name: 'Version 2' }).click();
  await dialog.getByRole('spinbutton', { name: 'Share in percent' }).fill('25');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('PROD is saved.').waitFor();
  await page.getByText('75 %').waitFor();
  const alias = `${arn}:PROD`;
  const routes = async () =>
    (await server.call('DescribeStateMachineAlias', { stateMachineAliasArn: alias })).routingConfiguration.map(
      ({ stateMachineVersionArn, weight }) => [stateMachineVersionArn.split(':').at(-1), weight],
    );
  assertEqual(await routes(), [['1', 75], ['2', 25]], 'routes');
  await page.getByRole('radio', { name: 'Select PROD' }).check({ force: true });
  await page.getByRole('tabpanel').getByRole('button', { name: 'Edit' }).click();
  await dialog.getByRole('spinbutton', { name: 'Share in percent' }).fill('100');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('100 %').waitFor();
  await page.getByRole('tabpanel').getByRole('button', { name: 'Start execution' }).click();
  await page.getByRole('dialog', { name: 'Start aliased:PROD' }).getByRole('button', { name: 'Start execution' }).click();
  await state(page, 'B', 'succeeded').waitFor();
  await go(machinePath(arn, '?tab=aliases'));
  await page.getByRole('radio', { name: 'Select PROD' }).check({ force: true });
  await page.getByRole('tabpanel').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('PROD is deleted.').waitFor();
  await page.getByText('There are no aliases yet.').waitFor();
});

test('tags are added, changed and removed', async ({ page, go, server }) => {
  const arn = await machine(server, 'tags', one('A'));
  await server.call('TagResource', { resourceArn: arn, tags: [{ key: 'team', value: 'old' }, { key: 'gone', value: 'x' }] });
  await go(machinePath(arn, '?tab=details'));
  await page.getByRole('button', { name: 'Edit tags' }).click();
  const dialog = page.getByRole('dialog');
  const key = (number) => dialog.getByRole('textbox', { name: `Key of tag ${number}` });
  const place = (await key(1).inputValue()) === 'team' ? 1 : 2;
  await dialog.getByRole('textbox', { name: `Value of tag ${place}` }).fill('new');
  await dialog.getByRole('button', { name: `Remove tag ${3 - place}` }).click();
  await dialog.getByRole('button', { name: 'Add tag' }).click();
  await key(2).fill('stage');
  await dialog.getByRole('textbox', { name: 'Value of tag 2' }).fill('test');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The tags are saved.').waitFor();
  const { tags } = await server.call('ListTagsForResource', { resourceArn: arn });
  const sorted = tags.sort((a, b) => (a.key < b.key ? -1 : 1)).map((tag) => [tag.key, tag.value]);
  assertEqual(sorted, [['stage', 'test'], ['team', 'new']], 'tags');
});

test('logging and tracing are configured, and what is refused says why', async ({ page, go, server }) => {
  const arn = await machine(server, 'logged', one('A'));
  await go(machinePath(arn, '?tab=details'));
  await page.getByRole('button', { name: 'Edit logging' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Log level' }).click();
  await page.getByRole('option', { name: 'Error' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Must specify exactly one Log Destination').waitFor();
  await dialog.getByRole('textbox', { name: 'Log group' }).fill('arn:aws:logs:us-east-1:000000000000:log-group:orders:*');
  await dialog.getByRole('checkbox', { name: 'Executions are traced' }).check({ force: true });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Logging and tracing are saved.').waitFor();
  const described = await server.call('DescribeStateMachine', { stateMachineArn: arn });
  assert(described.loggingConfiguration.level === 'ERROR' && described.tracingConfiguration.enabled, JSON.stringify(described));
}, { expectsRefusals: true });

test('the fields that are offered are those that the server takes', async ({ page, go, server }) => {
  await go('/console/machines/new');
  const common = ['Type', 'Comment'];
  for (const language of ['JSONPath', 'JSONata']) {
    for (const kind of ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map']) {
      const begin = `{"QueryLanguage": "${language}", "StartAt": "A", "States": {"A": {"Type": "${kind}", "`;
      await type(page, 'Definition', begin);
      await page.keyboard.press('Control+Space');
      const first = page.locator('.cm-tooltip-autocomplete [role="option"]').first();
      await first.waitFor();
      const offered = await page.locator('.cm-tooltip-autocomplete .cm-completionLabel').allTextContents();
      assert(offered.length > 1 && offered.every((name) => !common.includes(name) || name === 'Comment'), `${kind}: ${offered}`);
      const state = Object.fromEntries([['Type', kind], ...offered.map((name) => [name, null])]);
      const definition = JSON.stringify({ QueryLanguage: language, StartAt: 'A', States: { A: state } });
      const { diagnostics } = await server.call('ValidateStateMachineDefinition', { definition });
      const refused = diagnostics.filter(({ message }) => /not supported/i.test(message));
      assertEqual(refused, [], `fields of a ${kind} in ${language} that the server does not take`);
      await page.keyboard.press('Escape');
    }
  }
});

test('a field is written whole when it is chosen, and told what it is', async ({ page, go }) => {
  await go('/console/machines/new');
  await type(page, 'Definition', '{"StartAt": "A", "States": {"A": {"Type": "Task", "');
  await page.keyboard.press('Control+Space');
  await page.keyboard.insertText('Ret');
  await page.getByRole('option', { name: 'Retry' }).waitFor();
  await page.getByText('When to try again after an error').waitFor();
  await page.getByRole('option', { name: 'Retry' }).click();
  await page.keyboard.insertText('{"');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: 'MaxAttempts' }).click();
  await page.locator('.cm-content').getByText('"Retry": [{"MaxAttempts": ').first().waitFor();
  await page.locator('.cm-line span').getByText('"StartAt"').hover();
  await page.getByText('The state to begin with, by name.').waitFor();
});

test('services and their actions are offered as the server tells them', async ({ page, go }) => {
  await go('/console/machines/new');
  await type(page, 'Definition', '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: 'arn:aws:states:::aws-sdk:dynamodb:', exact: true }).waitFor();
  await page.keyboard.insertText(':putI');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: 'arn:aws:states:::aws-sdk:dynamodb:putItem' }).waitFor();
});
