/** How the console comes to the browser. */
import { assert, assertEqual, test } from '../harness.mjs';

const HTML = { accept: 'text/html' };

test('a browser at the root is led to the console, a program is not', async ({ server }) => {
  const browser = await fetch(`${server.origin}/`, { headers: HTML, redirect: 'manual' });
  assertEqual([browser.status, browser.headers.get('location')], [302, '/console/'], 'redirect');
  const program = await fetch(`${server.origin}/`);
  assertEqual(program.status, 405, 'status without text/html');
});

test('pages are asked for again, files with a hash in their name never', async ({ server }) => {
  const page = await fetch(`${server.origin}/console/`, { headers: HTML });
  assertEqual(page.headers.get('cache-control'), 'no-cache', 'cache of the page');
  const html = await page.text();
  const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(html)?.[1];
  assert(script !== undefined, 'the page names its script');
  const file = await fetch(server.origin + script);
  assert(file.headers.get('cache-control').includes('immutable'), 'the script is immutable');
  assertEqual(file.headers.get('content-type'), 'text/javascript; charset=utf-8', 'type of the script');
  const again = await fetch(`${server.origin}/console/`, { headers: { ...HTML, 'if-none-match': page.headers.get('etag') } });
  assertEqual(again.status, 304, 'status with the known ETag');
});

test('nothing inline and nothing from elsewhere may run', async ({ server }) => {
  const page = await fetch(`${server.origin}/console/`, { headers: HTML });
  const policy = page.headers.get('content-security-policy');
  assert(policy.includes("default-src 'none'") && policy.includes("script-src 'self';"), policy);
  const html = await page.text();
  assert(!/<script(?![^>]*\bsrc=)|<style|\son\w+=/.test(html), 'the page has no inline script, style or handler');
  assert(!/(src|href)="(https?:)?\/\//.test(html), 'the page names no other origin');
});

test('a foreign page can link to the console, and cannot use it', async ({ server }) => {
  const link = await fetch(`${server.origin}/console/machines`, {
    headers: { ...HTML, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  });
  assertEqual(link.status, 200, 'a link');
  const post = await fetch(`${server.origin}/`, {
    method: 'POST',
    headers: {
      'sec-fetch-site': 'cross-site',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AWSStepFunctions.ListStateMachines',
    },
    body: '{}',
  });
  assertEqual(post.status, 403, 'a call');
});
