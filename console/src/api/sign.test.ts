import { describe, expect, test } from 'vitest';
import { signed } from './sign.ts';
import type { Keys, Signable } from './sign.ts';

const KEYS: Keys = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1' };
const NOW = new Date('2026-11-22T14:30:05.678Z');
const POST: Signable = {
  method: 'POST',
  url: new URL('https://flows.example.com:8083/'),
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.ListStateMachines' },
  body: '{"maxResults":1}',
};
const GET: Signable = {
  method: 'GET',
  url: new URL('https://flows.example.com:8083/console/api/executions?name=a%20b%2Bc&limit=100&after=%C3%BC~%3D'),
  headers: {},
  body: '',
};

async function check(request: Signable, keys: Keys, names: string, signature: string): Promise<void> {
  const { authorization } = await signed(request, keys, NOW);
  const credential = 'AKIDEXAMPLE/20261122/eu-central-1/states/aws4_request';
  expect(authorization).toBe(`AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`);
}

// What botocore makes of the same requests.
describe('a signature is that of AWS’s clients', () => {
  test('of an operation', () =>
    check(POST, KEYS, 'content-type;host;x-amz-date;x-amz-target', 'e18d687a2359c3d60211ec7796c41d7bbfe1b797a0ca606fdd10dddde9c3f590'));

  test('of an address with a query', () =>
    check(GET, KEYS, 'host;x-amz-date', '2493534ed242eb52858f11c44df0f90724839584a03df688feef7d43e6a0914f'));

  test('with the token of temporary keys', () =>
    check(
      POST,
      { ...KEYS, token: 'TOKEN/1' },
      'content-type;host;x-amz-date;x-amz-security-token;x-amz-target',
      '10288b1572e01ea119d13aa599bc0b3366c1e2f15d26800693ce169a81598715',
    ));
});

test('the secret is in nothing that is sent', async () => {
  const sent = JSON.stringify(await signed(POST, KEYS, NOW));
  expect(sent).not.toContain(KEYS.secret);
});
