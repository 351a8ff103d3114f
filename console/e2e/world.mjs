/** Things that several tests want to be there. */

export const ROLE = 'arn:aws:iam::000000000000:role/stairway';

export async function machine(server, name, definition, type = 'STANDARD') {
  const { stateMachineArn } = await server.call('CreateStateMachine', {
    name,
    type,
    roleArn: ROLE,
    definition: typeof definition === 'string' ? definition : JSON.stringify(definition),
  });
  return stateMachineArn;
}

/** Starts an execution and gives its ARN once it has ended. */
export async function ended(server, stateMachineArn, input = {}) {
  const { executionArn } = await server.call('StartExecution', { stateMachineArn, input: JSON.stringify(input) });
  await fetch(`${server.origin}/stairway/executions/${encodeURIComponent(executionArn)}/end?wait=30`);
  return executionArn;
}

export const executionPath = (arn, search = '') => `/console/executions/${encodeURIComponent(arn)}${search}`;
export const machinePath = (arn, rest = '') => `/console/machines/${encodeURIComponent(arn)}${rest}`;

/** A state in the graph, by its name, perhaps with the status that it must have. */
export function state(page, name, status) {
  return page.locator(`[data-state=${JSON.stringify(name)}]${status === undefined ? '' : `[data-status="${status}"]`}`);
}

/** Replaces what stands in an editor. */
export async function type(page, label, text) {
  await page.getByRole('textbox', { name: label }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}
