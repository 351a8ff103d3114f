/** Every page in both themes and two widths: no finding of axe, and a picture of each. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openBrowser } from '../browser.mjs';
import { assert, assertEqual, test } from '../harness.mjs';
import { ended, executionPath, machine, machinePath } from '../world.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const sample = (name) => readFileSync(new URL(`../../src/samples/definitions/${name}.asl.json`, import.meta.url), 'utf8');

let known;
async function pages(server) {
  if (known !== undefined) return known;
  await server.call('CreateActivity', { name: 'pack-parcel' });
  const trip = await machine(server, 'looks-trip', sample('trip-saga'));
  const flaky = await machine(server, 'looks-flaky', sample('flaky-service'));
  const invoice = await machine(server, 'looks-invoice', sample('invoice-map'));
  const failed = await ended(server, trip, { destination: 'Rome', rooms: 0 });
  const retried = await ended(server, flaky, { unavailable: 1 });
  const mapped = await ended(server, invoice, { lines: [{ article: 'a', quantity: 12, price: 3 }, { article: 'b', quantity: 1, price: 9.5 }] });
  known = {
    machines: '/console/machines',
    samples: '/console/samples',
    activities: '/console/activities',
    'machine-executions': machinePath(trip),
    'machine-definition': machinePath(trip, '?tab=definition'),
    'machine-details': machinePath(trip, '?tab=details'),
    'machine-new': '/console/machines/new',
    'machine-edit': machinePath(flaky, '/edit'),
    'execution-graph': executionPath(failed, '?state=BookTrip'),
    'execution-plain': executionPath(retried),
    'execution-table': executionPath(retried, '?view=table&state=CallService'),
    'execution-timeline': executionPath(retried, '?view=timeline'),
    'execution-events': executionPath(mapped, '?view=events&state=EachLine'),
  };
  return known;
}

async function findings(page) {
  // The content policy keeps foreign scripts out of the page; a debugger is let in.
  await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, {
      runOnly: { type: 'tag', values: tags },
      // An experiment of axe's: the name of a state is whole where the picture has to cut it.
      rules: { 'label-content-name-mismatch': { enabled: false } },
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
  }, TAGS);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1440, 1024]) {
    test(`every page is accessible and seen, ${colorScheme}, ${width} pixels wide`, async ({ server, out }) => {
      const all = await pages(server);
      const browser = await openBrowser(server.origin, { colorScheme, viewport: { width, height: 900 } });
      const found = [];
      try {
        for (const [name, path] of Object.entries(all)) {
          await browser.page.goto(server.origin + path);
          await browser.page.locator('h1').first().waitFor();
          await browser.page.waitForLoadState('networkidle');
          await browser.page.screenshot({ path: new URL(`${name}-${colorScheme}-${width}.png`, out).pathname });
          for (const finding of await findings(browser.page)) found.push(`${name}: ${finding}`);
          const sideways = await browser.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (sideways > 0) found.push(`${name}: ${sideways} pixels wider than the window`);
        }
        found.push(...browser.takeComplaints(false));
      } finally {
        await browser.close();
      }
      assert(found.length === 0, found.join('\n    '));
    });
  }
}

test('a dialog is accessible', async ({ page, go, server }) => {
  await go((await pages(server))['machine-executions']);
  await page.getByRole('button', { name: 'Start execution' }).click();
  await page.getByRole('textbox', { name: 'Input' }).waitFor();
  assertEqual(await findings(page), [], 'findings of axe');
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
