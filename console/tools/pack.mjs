/**
 * After a build: everything in `dist`, compressed, as the one file `dist/console.pack` that the binary carries.
 *
 * Four lines of text (what it is, hash of the sources, number of files, then a line per file with its path, its
 * length and a hash of what it says), then the files one after the other.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { sourceHash } from './sources.mjs';

const DIST = new URL('../dist/', import.meta.url);
const PACK = 'console.pack';

const paths = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== PACK)
  .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('//', '/').split('/dist/').at(-1))
  .sort();

const lines = ['stairway console 1', sourceHash(), String(paths.length)];
const contents = [];
let plain = 0;
for (const path of paths) {
  const bytes = readFileSync(new URL(path, DIST));
  const packed = gzipSync(bytes, { level: 9 });
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  // In quotes, as an ETag is sent.
  lines.push(`${path}\t${packed.length}\t"${hash}"`);
  contents.push(packed);
  plain += bytes.length;
}
const pack = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), ...contents]);
writeFileSync(new URL(PACK, DIST), pack);
process.stdout.write(`console.pack: ${paths.length} files, ${plain} bytes, ${pack.length} packed\n`);
