/** The real server on a free port with an empty data folder, and the calls that tests make beside the browser. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** `keys`: the file of access keys that it asks for; without one it asks for none. */
export async function startServer({ keys } = {}) {
  const binary = process.env['STAIRWAY_BINARY'];
  if (!binary) throw new Error('STAIRWAY_BINARY must name the server under test');
  const folder = mkdtempSync(join(tmpdir(), 'stairway-console-'));
  const options = ['serve', '--listen', '127.0.0.1:0', '--data-dir', join(folder, 'data')];
  if (keys !== undefined) {
    writeFileSync(join(folder, 'keys'), keys, { mode: 0o600 });
    options.push('--access-keys', join(folder, 'keys'));
  }
  const child = spawn(binary, options, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((done) => child.once('exit', done));
  const origin = await new Promise((found, refused) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const address = /listening on (http:\/\/\S+)/.exec(line)?.[1];
      if (address) found(address);
    });
    child.once('exit', (code) => refused(new Error(`the server ended with ${code} before it listened`)));
  });
  return {
    origin,
    call: (operation, request) => call(origin, operation, request),
    /** Other keys from now on. */
    changeKeys: (changed) => {
      writeFileSync(join(folder, 'keys'), changed, { mode: 0o600 });
      child.kill('SIGHUP');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function call(origin, operation, request) {
  const response = await fetch(`${origin}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AWSStepFunctions.${operation}` },
    body: JSON.stringify(request),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${operation}: ${JSON.stringify(body)}`);
  return body;
}
