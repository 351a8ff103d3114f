/** Activities, and the tasks that wait in them. */
import { test } from '../harness.mjs';
import { executionPath, machine, state } from '../world.mjs';

test('an activity is created and deleted', async ({ page, go }) => {
  await go('/console/activities');
  await page.getByText('There are no activities yet.').waitFor();
  await page.getByRole('button', { name: 'Create activity' }).first().click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('ship-parcel');
  await page.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('ship-parcel', { exact: true }).waitFor();
  await page.getByRole('radio').first().check({ force: true });
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('ship-parcel is deleted.').waitFor();
  await page.getByText('There are no activities yet.').waitFor();
});

test('a task is shown with its attempts while workers fail and then answer', async ({ page, go, server }) => {
  const { activityArn } = await server.call('CreateActivity', { name: 'worked-on' });
  const stateMachineArn = await machine(server, 'worked', {
    StartAt: 'Work',
    States: { Work: { Type: 'Task', Resource: activityArn, Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1 }], End: true } },
  });
  const { executionArn } = await server.call('StartExecution', { stateMachineArn, input: '{"job": 1}' });
  await go(executionPath(executionArn, '?state=Work'));
  await state(page, 'Work', 'running').waitFor();
  const first = await server.call('GetActivityTask', { activityArn });
  await server.call('SendTaskFailure', { taskToken: first.taskToken, error: 'Again', cause: 'the first time never works' });
  const second = await server.call('GetActivityTask', { activityArn });
  await server.call('SendTaskSuccess', { taskToken: second.taskToken, output: '{"done": true}' });
  await state(page, 'Work', 'succeeded').waitFor();
  await page.getByText('2 attempts').waitFor();
  await page.getByText('the first time never works').first().waitFor();
  await page.getByRole('region', { name: 'output' }).getByText('"done": true').waitFor();
});
