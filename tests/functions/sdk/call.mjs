// AWS's JavaScript SDK as a child: one JSON order a line in, `{"operation", "request"}`; one JSON answer a line out,
// `{"answer"}` or `{"error", "message"}`. Nothing of the client is changed but its endpoint and how names are
// resolved: every host is this machine, as `sync-localhost` is to a browser.

import { Agent } from 'node:http';
import { createInterface } from 'node:readline';
import * as sfn from '@aws-sdk/client-sfn';

const loopback = (_host, options, found) =>
  options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);

const client = new sfn.SFNClient({
  endpoint: process.env.ENDPOINT,
  maxAttempts: 1,
  requestHandler: { httpAgent: new Agent({ keepAlive: true, lookup: loopback }), requestTimeout: 75000 },
});

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, request } = JSON.parse(line);
  let told;
  try {
    const { $metadata, ...answer } = await client.send(new sfn[`${operation}Command`](request));
    told = { answer };
  } catch (error) {
    told = { error: error.name, message: error.message };
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
