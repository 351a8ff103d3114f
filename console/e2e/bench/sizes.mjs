/** Bytes of the built console as they are sent, and the time that a layout takes without a browser. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';

const ROOT = new URL('../../', import.meta.url);
const kilo = (bytes) => bytes / 1000;

export async function sizeRows(server) {
  const html = await (await fetch(`${server.origin}/console/`, { headers: { accept: 'text/html' } })).text();
  const packed = async (address) => gzipSync(Buffer.from(await (await fetch(server.origin + address)).arrayBuffer()), { level: 9 }).length;
  const sum = async (pattern) => {
    let bytes = 0;
    for (const [, address] of html.matchAll(pattern)) bytes += await packed(address);
    return kilo(bytes);
  };
  const dist = new URL('dist/assets/', ROOT);
  const editor = readdirSync(dist).find((name) => /^code-.*\.js$/.test(name));
  if (editor === undefined) throw new Error('expected the built editor in console/dist, found none; `cargo xtask console` builds it');
  const styles = readdirSync(dist).filter((name) => name.endsWith('.css')).map((name) => readFileSync(new URL(name, dist), 'utf8'));
  return [
    { what: 'scripts of the first page, gzip', goal: 350, found: await sum(/(?:src|href)="(\/console\/[^"]+\.js)"/g), unit: 'kB' },
    { what: 'styles of the first page, gzip', goal: 100, found: await sum(/href="(\/console\/[^"]+\.css)"/g), unit: 'kB' },
    { what: 'editor, fetched when it is wanted, gzip', goal: 140, found: kilo(gzipSync(readFileSync(new URL(editor, dist)), { level: 9 }).length), unit: 'kB' },
    { what: 'fonts inside the styles', goal: 0, found: styles.filter((text) => /@font-face|data:font/.test(text)).length, unit: 'files' },
    { what: 'everything in the binary, gzip', goal: 1200, found: kilo(statSync(new URL('dist/console.pack', ROOT)).size), unit: 'kB' },
  ];
}

/** The first layout of a page counts: nothing is warm then. */
export async function layoutRows() {
  const rows = [];
  for (const [states, goal] of [[200, 20], [1000, 150]]) {
    rows.push({ what: `first layout of ${states} states, ${LEAST}`, goal, found: await leastOf(() => firstLayout(states)), unit: 'ms' });
  }
  return rows;
}

const ROUNDS = 3;
export const LEAST = `least of ${ROUNDS}`;

/** What else the machine does only adds to a time: the least of some tells most of ours. */
export async function leastOf(measured) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await measured());
  return Math.min(...times);
}

async function firstLayout(states) {
  const vite = await createServer({ root: ROOT.pathname, server: { middlewareMode: true }, appType: 'custom', logLevel: 'error' });
  try {
    const { layout } = await vite.ssrLoadModule('/src/graph/layout.ts');
    const { parseDefinition } = await vite.ssrLoadModule('/src/graph/model.ts');
    const definition = parseDefinition(JSON.stringify(chain(states)));
    const begun = performance.now();
    layout(definition);
    return performance.now() - begun;
  } finally {
    await vite.close();
  }
}

/** States in a row, every fifth a Choice that leaves some out, the whole with ways back. */
export function chain(count) {
  const name = (index) => `State${index}`;
  const States = {};
  for (let index = 0; index < count - 1; index += 1) {
    const next = name(index + 1);
    const later = name(Math.min(index + 4, count - 1));
    States[name(index)] =
      index % 5 === 0
        ? { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: later }], Default: next }
        : { Type: 'Pass', Next: next };
  }
  States[name(count - 1)] = { Type: 'Succeed' };
  return { StartAt: name(0), States };
}
