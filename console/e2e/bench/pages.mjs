/** Times in the browser: first paint, graphs that move, long histories, long lists, the way from event to pixel. */
import { ended, executionPath, machine, machinePath, state } from '../world.mjs';
import { chain, LEAST, leastOf } from './sizes.mjs';

/** Starts that are under way at once. */
const AT_ONCE = 64;
const at = (numbers, part) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];

export async function pageRows(server, page, executions) {
  const go = (path) => page.goto(server.origin + path);
  const rows = [];
  const add = (what, goal, found, unit = 'ms') => {
    rows.push({ what, goal, found, unit });
    process.stderr.write(`${what}: ${found.toFixed(1)} ${unit}\n`);
  };

  const left = [];
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== server.origin) left.push(request.url());
  });

  const short = await machine(server, 'short', { StartAt: 'Only', States: { Only: { Type: 'Pass', End: true } } });
  const one = await ended(server, short);
  await go('/console/');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const painted = async () => {
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    return page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity);
  };
  add(`first contentful paint of the overview, ${LEAST}`, 300, await leastOf(painted));

  const clicked = async () => {
    await go(machinePath(short));
    await page.getByRole('rowheader').getByRole('link').first().waitFor();
    return page.evaluate(timed, '[data-status="succeeded"]');
  };
  add(`execution page, from click to coloured graph, ${LEAST}`, 600, await leastOf(clicked));

  for (const [states, goal] of [[200, 20], [1000, 33]]) {
    await go(machinePath(await machine(server, `graph-${states}`, chain(states)), '?tab=definition'));
    await page.locator('[data-state]').first().waitFor({ state: 'attached' });
    add(`zoom step of ${states} states, p95`, goal, at(await page.evaluate(zoomed), 0.95));
  }

  const long = await machine(server, 'long', {
    QueryLanguage: 'JSONata',
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Items: '{% [1..$states.input.items] %}',
        ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Pass', Next: 'Two' }, Two: { Type: 'Pass', End: true } } },
        End: true,
      },
    },
  });
  const tenThousand = await ended(server, long, { items: 1_660 });
  const opened = async () => {
    const begun = performance.now();
    await go(executionPath(tenThousand, '?view=events'));
    await page.locator('.rows-row').first().waitFor();
    return performance.now() - begun;
  };
  add(`first rows of a history of 10,000 events, with the page, ${LEAST}`, 500, await leastOf(opened));
  await whole(page, 9_966);
  add('elements of its list in the page', 300, await page.locator('.rows *').count(), 'elements');
  add('scroll step of it, p95', 17, at(await page.evaluate(scrolled), 0.95));
  await go(executionPath(tenThousand));
  await state(page, 'One').waitFor();
  await page.locator('.scrubber-words').getByText('9966 / 9966').waitFor();
  add('scrub step in it, p50', 16, at(await page.evaluate(stepped), 0.5));

  await go(executionPath(await ended(server, long, { items: 4_100 }), '?view=events'));
  await whole(page, 24_606);
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  add('heap with 24,600 events', 150, usedSize / 1024 / 1024, 'MiB');

  const { activityArn } = await server.call('CreateActivity', { name: 'bench' });
  const working = await machine(server, 'working', { StartAt: 'Work', States: { Work: { Type: 'Task', Resource: activityArn, End: true } } });
  const lags = [];
  for (let round = 0; round < 20; round += 1) {
    const { executionArn } = await server.call('StartExecution', { stateMachineArn: working });
    await go(executionPath(executionArn));
    await state(page, 'Work', 'running').waitFor();
    const { taskToken } = await server.call('GetActivityTask', { activityArn });
    lags.push(await page.evaluate(told, taskToken));
  }
  add('from event to pixel, p95', 250, at(lags, 0.95));

  process.stderr.write(`starting ${executions} executions\n`);
  await many(server, short, executions);
  const filters = [];
  for (const query of ['limit=50', 'limit=50&status=SUCCEEDED', `limit=50&name=${encodeURIComponent(one.split(':').at(-1).slice(0, 4))}`]) {
    const asked = performance.now();
    await (await fetch(`${server.origin}/console/api/executions?${query}`)).text();
    filters.push(performance.now() - asked);
  }
  add(`list of ${executions.toLocaleString('en')} executions, filter to rows, slowest of three`, 300, Math.max(...filters));
  add('requests that left the origin', 0, left.length, 'requests');
  return rows;
}

/** All events are there; the head of their table is a row as well. */
async function whole(page, events) {
  await page.locator(`[role="table"][aria-rowcount="${events + 1}"]`).waitFor();
}

async function many(server, stateMachineArn, count) {
  let begun = 0;
  const one = async () => {
    while (begun < count) {
      begun += 1;
      await server.call('StartExecution', { stateMachineArn });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/* What follows runs in the page. */

function timed(selector) {
  const begun = performance.now();
  return new Promise((done) => {
    const look = () => (document.querySelector(selector) === null ? requestAnimationFrame(look) : done(performance.now() - begun));
    document.querySelector('th[scope="row"] a, [role="rowheader"] a').click();
    look();
  });
}

async function zoomed() {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const graph = document.querySelector('.graph');
  const { left, top, width, height } = graph.getBoundingClientRect();
  const times = [];
  for (let step = 0; step < 60; step += 1) {
    await frame();
    const begun = performance.now();
    const deltaY = step < 30 ? -60 : 60;
    graph.dispatchEvent(new WheelEvent('wheel', { deltaY, ctrlKey: true, clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true }));
    await frame();
    times.push(performance.now() - begun);
  }
  return times;
}

async function scrolled() {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const rows = document.querySelector('.rows');
  const times = [];
  for (let step = 0; step < 60; step += 1) {
    await frame();
    const begun = performance.now();
    rows.scrollTop += 400;
    await frame();
    times.push(performance.now() - begun);
  }
  return times;
}

/** From a key to the page as it is one event earlier; the frame that shows it comes when it comes. */
async function stepped() {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const shown = document.querySelector('.scrubber-words');
  const changed = () =>
    new Promise((done) => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        done();
      });
      observer.observe(shown, { subtree: true, childList: true, characterData: true });
    });
  const times = [];
  for (let step = 0; step < 40; step += 1) {
    await frame();
    const is = changed();
    const begun = performance.now();
    window.dispatchEvent(new KeyboardEvent('keydown', { key: '[' }));
    await is;
    times.push(performance.now() - begun);
  }
  return times;
}

async function told(taskToken) {
  const sent = fetch('/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.SendTaskSuccess' },
    body: JSON.stringify({ taskToken, output: '{}' }),
  });
  const begun = performance.now();
  await sent;
  while (document.querySelector('[data-state="Work"][data-status="succeeded"]') === null) await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - begun;
}
