/** The console in a real browser against the real server: `node e2e/run.mjs [part of a test's name]`. */
import { mkdirSync, rmSync } from 'node:fs';
import { openBrowser } from './browser.mjs';
import { runAll } from './harness.mjs';
import { startServer } from './server.mjs';
import './tests/serving.mjs';
import './tests/first-run.mjs';
import './tests/machines.mjs';
import './tests/executions.mjs';
import './tests/activities.mjs';
import './tests/search.mjs';
import './tests/editing.mjs';
import './tests/bench.mjs';
import './tests/live.mjs';
import './tests/untrusted.mjs';
import './tests/keys.mjs';
import './tests/plain.mjs';
import './tests/looks.mjs';

const out = new URL('out/', import.meta.url);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const server = await startServer();
const browser = await openBrowser(server.origin);
let succeeded = false;
try {
  const go = (path) => browser.page.goto(`${server.origin}${path}`);
  succeeded = await runAll({ server, browser, page: browser.page, go, out }, process.argv[2]);
} finally {
  await browser.close();
  await server.stop();
}
process.exitCode = succeeded ? 0 : 1;
