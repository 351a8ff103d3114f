/** Every scene in both themes and two widths: no finding of axe, nothing cut off sideways, and a picture of each. */
import { findings } from '../axe.mjs';
import { openBrowser } from '../browser.mjs';
import { assert, test } from '../harness.mjs';
import { EMPTY_SCENES, scenesOf } from '../scenes.mjs';
import { startServer } from '../server.mjs';

let known;

/** Nothing is waited for any more. Events flow as long as a page is open, so the network is never still. */
async function settled(page) {
  await page.locator('h1').first().waitFor();
  const waiting = page.locator('.code-waiting, .waiting, [class*="awsui_loading"]');
  for (const one of await waiting.all()) await one.waitFor({ state: 'detached' });
  await drawn(page);
}

const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** What is silent is shown when it has begun to wait; what is refused, when it has been given up. */
async function shown(page, origin, { path, act, silent, refusing }) {
  if (silent !== undefined) await page.route(silent, (route) => (onlyData(route) ? undefined : route.continue()));
  if (refusing !== undefined) {
    const failure = { status: 400, contentType: 'application/json', body: '{"__type": "SomethingIsWrong", "message": "Nothing can be read now."}' };
    await page.route(refusing, (route) => (onlyData(route) ? route.fulfill(failure) : route.continue()));
  }
  await page.goto(origin + path);
  if (silent === undefined) await settled(page);
  else await page.locator('.waiting, [class*="awsui_loading"]').first().waitFor();
  await act?.(page);
  await drawn(page);
}

const onlyData = (route) => route.request().resourceType() === 'fetch';

/** Takes the picture, and gives what is wrong with the page. */
async function looked(page, name, look, out) {
  await page.screenshot({ path: new URL(`${name}-${look}.png`, out).pathname });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  // Another width moves what is there; what it is called and coloured stays.
  const found = look.endsWith('1440') && !name.endsWith('-loading') ? await findings(page) : [];
  if (sideways > 0) found.push(`${sideways} pixels wider than the window`);
  return found.map((finding) => `${name} ${look}: ${finding}`);
}

async function lookAt(origin, scenes, { colorScheme, width, out }) {
  const browser = await openBrowser(origin, { colorScheme, viewport: { width, height: width === 1024 ? 768 : 900 } });
  const found = [];
  try {
    for (const [name, scene] of Object.entries(scenes)) {
      try {
        await shown(browser.page, origin, scene);
        found.push(...(await looked(browser.page, name, `${colorScheme}-${width}`, out)));
      } catch (error) {
        found.push(`${name} ${colorScheme}-${width}: ${error.message}`);
      }
      await browser.page.unrouteAll({ behavior: 'ignoreErrors' });
      const isRefused = scene.refusing !== undefined || name.endsWith('-missing') || name.endsWith('-refused');
      found.push(...browser.takeComplaints(isRefused).map((complaint) => `${name}: ${complaint}`));
    }
  } finally {
    await browser.close();
  }
  return found;
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 1024]) {
    test(`every scene is accessible and seen, ${colorScheme}, ${width} pixels wide`, async ({ server, out }) => {
      known ??= await scenesOf(server);
      const found = await lookAt(server.origin, known, { colorScheme, width, out });
      assert(found.length === 0, found.join('\n    '));
    });
  }
}

test('every scene of an empty server is accessible and seen', async ({ out }) => {
  const server = await startServer();
  try {
    const found = [];
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1440, 1024]) found.push(...(await lookAt(server.origin, EMPTY_SCENES, { colorScheme, width, out })));
    }
    assert(found.length === 0, found.join('\n    '));
  } finally {
    await server.stop();
  }
});

test('the theme is chosen, and remembered', async ({ page, go }) => {
  await go('/console/machines');
  await page.getByRole('button', { name: 'Dark mode' }).click();
  await page.locator('body.awsui-dark-mode').waitFor();
  await page.reload();
  await page.locator('body.awsui-dark-mode').waitFor();
  await page.getByRole('button', { name: 'Light mode' }).click();
  await page.locator('body:not(.awsui-dark-mode)').waitFor();
});
