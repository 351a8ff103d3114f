/**
 * What the console weighs and how long it takes, beside the goals: `node e2e/bench.mjs [executions]`.
 *
 * In headless Chromium with a software renderer, against the server that STAIRWAY_BINARY names. Times are of
 * this machine at this moment; a row above its goal is marked and fails nothing.
 */
import { pageRows } from './bench/pages.mjs';
import { layoutRows, sizeRows } from './bench/sizes.mjs';
import { openBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

/** Executions in the long list. */
const EXECUTIONS = Number(process.argv[2] ?? 100_000);

const server = await startServer();
const browser = await openBrowser(server.origin);
const rows = [];
try {
  rows.push(...(await sizeRows(server)));
  rows.push(...(await layoutRows()));
  rows.push(...(await pageRows(server, browser.page, EXECUTIONS)));
} finally {
  await browser.close();
  await server.stop();
}

const shown = rows.map(({ what, goal, found, unit }) => ({
  what,
  goal: `${goal.toLocaleString('en')} ${unit}`,
  found: `${Number(found.toPrecision(3)).toLocaleString('en')} ${unit}`,
  mark: found <= goal ? '' : 'above the goal',
}));
const width = (key) => Math.max(...shown.map((row) => row[key].length), key.length);
const line = (row) => `| ${row.what.padEnd(width('what'))} | ${row.goal.padStart(width('goal'))} | ${row.found.padStart(width('found'))} | ${row.mark.padEnd(width('mark'))} |`;
process.stdout.write(`${line({ what: 'what', goal: 'goal', found: 'found', mark: '' })}\n`);
for (const row of shown) process.stdout.write(`${line(row)}\n`);
