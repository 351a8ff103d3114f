/** Every page in both themes and two widths: no finding of axe, and a picture of each. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openBrowser } from '../browser.mjs';
import { assert, assertEqual, test } from '../harness.mjs';
import { ended, executionPath, machine, machinePath, type } from '../world.mjs';

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
  await server.call('PublishStateMachineVersion', { stateMachineArn: trip });
  await server.call('UpdateStateMachine', { stateMachineArn: trip, definition: sample('trip-saga').replace('}', ' }'), publish: true });
  const routingConfiguration = [70, 30].map((weight, index) => ({ stateMachineVersionArn: `${trip}:${index + 1}`, weight }));
  await server.call('CreateStateMachineAlias', { name: 'PROD', description: 'What customers get', routingConfiguration });
  await server.call('TagResource', { resourceArn: trip, tags: [{ key: 'team', value: 'travel' }, { key: 'stage', value: 'test' }] });
  known = {
    overview: '/console/',
    executions: '/console/executions?status=FAILED&since=1h',
    'executions-all': '/console/executions',
    'executions-none': '/console/executions?name=nothing-has-this-name&from=2026-01-01T00:00',
    machines: '/console/machines',
    samples: '/console/samples',
    activities: '/console/activities',
    'machine-executions': machinePath(trip),
    'machine-definition': machinePath(trip, '?tab=definition'),
    'machine-versions': machinePath(trip, '?tab=versions'),
    'machine-aliases': machinePath(trip, '?tab=aliases'),
    'machine-details': machinePath(trip, '?tab=details'),
    'test-state': `/console/test-state?machine=${encodeURIComponent(trip)}&state=RoomLeft`,
    open: '/console/open',
    'machine-new': '/console/machines/new',
    'machine-edit': machinePath(flaky, '/edit'),
    missing: '/console/nowhere',
    'execution-graph': executionPath(failed, '?state=BookTrip'),
    'execution-plain': executionPath(retried),
    'execution-table': executionPath(retried, '?view=table&state=CallService'),
    'execution-timeline': executionPath(retried, '?view=timeline'),
    'execution-events': executionPath(mapped, '?view=events&state=EachLine'),
  };
  return known;
}

/** Nothing is waited for any more. Events flow as long as a page is open, so the network is never still. */
async function settled(page) {
  await page.locator('h1').first().waitFor();
  const waiting = page.locator('.code-waiting, [class*="awsui_spinner"]:not([class*="status"]), [class*="awsui_loading"]');
  for (const one of await waiting.all()) await one.waitFor({ state: 'detached' });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** What is done on a wide page after its picture was taken, for another picture. */
const ACTS = {
  'test-state': async (page) => {
    await type(page, 'Input', '{"rooms": 2}');
    await page.getByRole('button', { name: 'Test state' }).click();
    await page.getByText('goes on with').waitFor();
  },
  'machine-edit': async (page) => {
    await type(page, 'Definition', BROKEN);
    await page.locator('.finding').first().waitFor();
  },
  'machine-details': async (page) => {
    await page.getByRole('button', { name: 'Edit tags' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'machine-aliases': async (page) => {
    await page.getByRole('button', { name: 'Create alias' }).click();
    await page.getByRole('dialog').waitFor();
  },
  'machine-versions': async (page) => {
    await page.getByRole('radio', { name: 'Select version 1' }).check({ force: true });
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('region', { name: 'What changed since' }).waitFor();
  },
  machines: async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
  },
  activities: async (page) => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  },
};

const BROKEN = JSON.stringify(
  {
    Comment: 'A mistake is told while it is made',
    StartAt: 'Receive',
    States: {
      Receive: { Type: 'Pass', Next: 'Check' },
      Check: { Type: 'Choice', Choices: [{ Variable: '$.total', NumericGreaterThan: 100, Next: 'Approve' }], Default: 'Ship' },
      Approve: { Type: 'Wait', Seconds: 60, Next: 'Shipp' },
      Ship: { Type: 'Succeed' },
    },
  },
  null,
  2,
);

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

/** Takes the picture, and gives what is wrong with the page. */
async function looked(page, name, look, out) {
  await page.screenshot({ path: new URL(`${name}-${look}.png`, out).pathname });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  // Another width moves what is there; what it is called and coloured stays.
  const found = look.endsWith('1440') ? await findings(page) : [];
  if (sideways > 0) found.push(`${sideways} pixels wider than the window`);
  return found.map((finding) => `${name} ${look}: ${finding}`);
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
          await settled(browser.page);
          found.push(...(await looked(browser.page, name, `${colorScheme}-${width}`, out)));
          if (ACTS[name] === undefined || width < 1440) continue;
          await ACTS[name](browser.page);
          found.push(...(await looked(browser.page, `${name}-act`, `${colorScheme}-${width}`, out)));
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
