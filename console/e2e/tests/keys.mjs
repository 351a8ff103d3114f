/** The console on a server with access keys: who signs in sees everything, who does not sees nothing. */
import { openBrowser } from '../browser.mjs';
import { assert, assertEqual, test } from '../harness.mjs';
import { startServer } from '../server.mjs';
import { findings } from '../axe.mjs';
import { type } from '../world.mjs';

const KEY = { id: 'AKIDCONSOLE', secret: 'a-secret/of+the-tests' };
const fileOf = ({ id, secret, token }) =>
  `[tests]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\naws_account_id = 123456789012\n${token === undefined ? '' : `aws_session_token = ${token}\n`}`;

/** A server with a key, and a browser that has seen nothing yet. */
async function guarded(body, key = KEY, options = {}) {
  const server = await startServer({ keys: fileOf(key) });
  const browser = await openBrowser(server.origin, options);
  try {
    const go = (path) => browser.page.goto(server.origin + path);
    await body({ page: browser.page, go, server });
    const complaints = browser.takeComplaints(true);
    assert(complaints.length === 0, complaints.join('\n    '));
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function signIn(page, { id, secret, token }, { stays = false } = {}) {
  await page.getByRole('textbox', { name: 'Access key id' }).fill(id);
  await page.getByLabel('Secret access key').fill(secret);
  if (token !== undefined) await page.getByRole('textbox', { name: 'Session token' }).fill(token);
  if (stays) await page.getByRole('checkbox', { name: 'Remember it' }).check({ force: true });
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('who signs in creates, starts and follows an execution, and every call is signed', () =>
  guarded(async ({ page, go }) => {
    await go('/console/machines');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, KEY);
    await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
    const unsigned = [];
    const sent = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname !== '/' && !pathname.startsWith('/console/api/')) return;
      sent.push(pathname);
      const { authorization } = request.headers();
      if (!authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDCONSOLE/')) unsigned.push(request.url());
      if (`${request.postData()}${JSON.stringify(request.headers())}${request.url()}`.includes(KEY.secret)) unsigned.push('the secret was sent');
    });
    await page.getByRole('button', { name: 'Create and run' }).first().click();
    await page.locator('[data-state="Done"][data-status="succeeded"]').waitFor();
    await page.getByRole('link', { name: 'Executions', exact: true }).click();
    await page.getByRole('table', { name: 'Executions' }).getByText('Succeeded').waitFor();
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill("it's (a) *test*!");
    await page.getByText('Nothing here is as the filter wants it.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('link', { name: 'Started: 1' }).waitFor();
    for (const wanted of ['/', '/console/api/history', '/console/api/events', '/console/api/executions', '/console/api/overview']) {
      assert(sent.includes(wanted), `${wanted} was asked for, of ${[...new Set(sent)]}`);
    }
    assertEqual(unsigned, [], 'calls without a signature');
  }));

test('a wrong secret and an unknown key are refused in the server’s words, and the way on stays open', () =>
  guarded(async ({ page, go }) => {
    await go('/console/executions?status=FAILED');
    for (const wrong of [{ ...KEY, secret: 'wrong' }, { id: 'AKIDNOBODY', secret: KEY.secret }]) {
      await signIn(page, wrong);
      const alert = page.getByText('The server does not take this key');
      await alert.waitFor();
      await page.getByText('The request signature we calculated does not match').waitFor();
    }
    await signIn(page, KEY);
    await page.getByRole('heading', { name: 'Executions' }).waitFor();
    assert(page.url().includes('status=FAILED'), page.url());
  }));

test('a key is gone with the page, or with the tab where somebody wants that', () =>
  guarded(async ({ page, go }) => {
    await go('/console/machines');
    await signIn(page, KEY);
    await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const kept = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert(!(await kept()).includes(KEY.secret), 'the secret is nowhere');
    await signIn(page, KEY, { stays: true });
    await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    assert(!(await kept()).includes(KEY.secret), 'the secret is nowhere after signing out');
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  }));

test('a key that the server stops taking leads back to the door', () =>
  guarded(async ({ page, go, server }) => {
    await go('/console/machines');
    await signIn(page, KEY);
    await page.getByRole('heading', { name: 'Welcome to Stairway' }).waitFor();
    const other = { id: 'AKIDOTHER', secret: 'another-secret' };
    server.changeKeys(fileOf(other));
    const reason = page.getByText('The server does not take the key any more.');
    // Until the file is read again, the old key is good.
    for (let round = 0; round < 50 && !(await reason.isVisible()); round += 1) {
      const link = page.getByRole('link', { name: round % 2 === 0 ? 'Executions' : 'Activities', exact: true });
      await link.click({ timeout: 1000 }).catch(() => undefined);
    }
    await reason.waitFor();
    await signIn(page, other);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor({ state: 'detached' });
  }));

const TEMPORARY = { ...KEY, token: 'a+token/of=one-hour' };
test('a temporary key comes with its token', () =>
  guarded(async ({ page, go }) => {
    await go('/console/machines/new');
    await signIn(page, KEY);
    await page.getByText('The server does not take this key').waitFor();
    await signIn(page, TEMPORARY);
    await page.getByRole('heading', { name: 'Create state machine' }).waitFor();
    await type(page, 'Definition', '{"StartAt": "Ü", "States": {"Ü": {"Type": "Succeed"}}}');
    await page.getByText('The server would take it').waitFor();
  }, TEMPORARY));

test('where the browser cannot sign, the page says why and asks for nothing', () =>
  guarded(async ({ page, go }) => {
    // As on a page that came over plain HTTP from another machine.
    await page.addInitScript(() => Object.defineProperty(window.crypto, 'subtle', { value: undefined }));
    await go('/console/');
    await page.getByText('This page cannot sign').waitFor();
    await page.getByRole('textbox', { name: 'Access key id' }).fill(KEY.id);
    await page.getByLabel('Secret access key').fill(KEY.secret);
    assert(await page.getByRole('button', { name: 'Sign in' }).isDisabled(), 'nothing can be sent');
    assertEqual(await findings(page), [], 'findings of axe');
  }));

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 1024]) {
    test(`the page that asks for a key is accessible and seen, ${colorScheme}, ${width} pixels wide`, ({ out }) =>
      guarded(
        async ({ page, go }) => {
          await go('/console/');
          await page.getByRole('heading', { name: 'Sign in' }).waitFor();
          await page.screenshot({ path: new URL(`sign-in-${colorScheme}-${width}.png`, out).pathname });
          assertEqual(await findings(page), [], 'findings of axe');
          await signIn(page, { ...KEY, secret: 'wrong' });
          await page.getByText('The server does not take this key').waitFor();
          await page.screenshot({ path: new URL(`sign-in-refused-${colorScheme}-${width}.png`, out).pathname });
          assertEqual(await findings(page), [], 'findings of axe after a refusal');
        },
        KEY,
        { colorScheme, viewport: { width, height: 900 } },
      ));
  }
}
