// A Lambda handler with dependencies, as it would be deployed; it does what its event says.

import { spawn } from "node:child_process";
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { validate, v4, version } from "uuid";

export const handler = async (event, context) => {
  console.log(`asked to ${event.do}`);
  switch (event.do) {
    case "raise":
      throw new TypeError("no funds");
    case "crash":
      process.exit(7);
    case "loop": {
      const child = spawn("sleep", ["600"]);
      writeWhole(event.pids, `${process.pid} ${child.pid}`);
      for (;;);
    }
    case "big":
      return "x".repeat(event.bytes - 2);
    case "meet":
      await meet(event.folder, event.count, context.awsRequestId);
  }
  const id = v4();
  return {
    pid: process.pid,
    uuid: validate(id) && version(id),
    requestId: context.awsRequestId,
    arn: context.invokedFunctionArn,
    milliseconds: context.getRemainingTimeInMillis(),
  };
};

export const stream = awslambda.streamifyResponse(async (event, out) => {
  out.write('{"parts":[1');
  await sleep(10);
  if (event.do === "raise") throw new TypeError("half way");
  out.write(",2");
  out.end("]}");
});

// Returns only when as many handlers are here at the same time.
async function meet(folder, count, name) {
  writeWhole(join(folder, name), "");
  while (readdirSync(folder).length < count) await sleep(50);
}

function writeWhole(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
