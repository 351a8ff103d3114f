/**
 * What the built console is made of, and the hash that says whether a build is of these very sources.
 *
 * The build script of `crates/console-assets` computes the same hash; the two must agree in every byte.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const FOLDERS = ['public/', 'src/', 'tools/'];
const FILES = ['index.html', 'package-lock.json', 'package.json', 'tsconfig.json', 'vite.config.ts', 'vite.graph.config.ts'];

/** Tests and their pictures are no part of what is built. */
function isSource(path) {
  return !path.includes('.test.') && !path.includes('/pictures/') && !path.endsWith('/testing.ts');
}

function* walk(folder) {
  for (const entry of readdirSync(new URL(folder, ROOT), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* walk(`${folder}${entry.name}/`);
    else yield `${folder}${entry.name}`;
  }
}

export function sourceHash() {
  const paths = [...FILES];
  for (const folder of FOLDERS) paths.push(...walk(folder));
  const hash = createHash('sha256');
  for (const path of paths.filter(isSource).sort()) {
    const bytes = readFileSync(new URL(path, ROOT));
    hash.update(`${path}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}
