/** Named tests, run one after the other; the last line is `N passed, N failed`. */

const tests = [];

export function test(name, body, options = {}) {
  tests.push({ name, body, ...options });
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export function assertEqual(found, expected, what) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: expected ${other}, found ${one}`);
}

export async function runAll(world, only) {
  let [passed, failed] = [0, 0];
  for (const { name, body, expectsRefusals = false } of tests) {
    if (only !== undefined && !name.includes(only)) continue;
    const begun = performance.now();
    try {
      await body(world);
      const complaints = world.browser.takeComplaints(expectsRefusals);
      assert(complaints.length === 0, complaints.join('\n    '));
      passed += 1;
      process.stdout.write(`ok      ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)\n`);
    } catch (error) {
      failed += 1;
      world.browser.takeComplaints(false);
      process.stdout.write(`FAILED  ${name}\n    ${error instanceof Error ? error.message : error}\n`);
      await world.browser.page.screenshot({ path: new URL(`out/failed-${failed}.png`, import.meta.url).pathname });
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0;
}
