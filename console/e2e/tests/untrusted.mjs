/** What others wrote is text: names, comments, conditions, inputs, outputs, errors, causes (S13). */
import { assert, assertEqual, test } from '../harness.mjs';
import { executionPath, machine, machinePath } from '../world.mjs';

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

test('payloads in a definition and in data are text in every view', async ({ page, go, server }) => {
  for (const [index, payload] of PAYLOADS.entries()) {
    const definition = {
      Comment: payload,
      StartAt: `A${short(payload)}`,
      States: {
        [`A${short(payload)}`]: {
          Type: 'Choice',
          Comment: payload,
          Choices: [{ Variable: '$.x', StringEquals: payload, Next: `B${short(payload)}` }],
          Default: `B${short(payload)}`,
        },
        [`B${short(payload)}`]: { Type: 'Fail', Error: payload, Cause: payload },
      },
    };
    const arn = await machine(server, `payload-${index}`, definition);
    const { executionArn } = await server.call('StartExecution', {
      stateMachineArn: arn,
      input: JSON.stringify({ x: payload, [payload]: payload }),
    });
    for (const view of ['graph', 'table', 'timeline', 'events']) {
      const search = `?view=${view}&state=${encodeURIComponent(`B${short(payload)}`)}`;
      await go(executionPath(executionArn, search));
      await page.locator('.why-error').first().waitFor();
      await isUntouched(page);
    }
    assert((await page.locator('.why-error').first().textContent()) === payload, 'the error is shown as it is');
    await go(machinePath(arn, '?tab=definition'));
    await page.locator('[data-state]').first().waitFor();
    await isUntouched(page);
  }
});

test('payloads in tags, in the cause of a stop and in what the server refuses are text', async ({ page, go, server }) => {
  const payload = PAYLOADS[1];
  const stateMachineArn = await machine(server, 'tagged', { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 900, End: true } } });
  await server.call('TagResource', { resourceArn: stateMachineArn, tags: [{ key: 'note', value: 'a+b=c @ d:e/f' }] });
  await go(machinePath(stateMachineArn, '?tab=details'));
  await page.getByText('note = a+b=c @ d:e/f').waitFor();
  const { executionArn } = await server.call('StartExecution', { stateMachineArn });
  await server.call('StopExecution', { executionArn, error: payload, cause: payload });
  await go(executionPath(executionArn));
  await page.locator('.why-cause').first().waitFor();
  await isUntouched(page);
  await go(`/console/executions/${encodeURIComponent(payload)}`);
  await page.getByText('could not be read').or(page.getByText('There is no such execution')).waitFor();
  await isUntouched(page);
}, { expectsRefusals: true });
