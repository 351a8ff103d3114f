/** Renews the README's pictures from those that the tests have just taken: `npm run pictures` after `npm run e2e`. */
import { copyFileSync } from 'node:fs';

const TAKEN = new URL('out/', import.meta.url);
const SHOWN = new URL('../../docs/pictures/', import.meta.url);

const PICTURES = {
  'console-execution.png': 'execution-graph-light-1440.png',
  'console-editor.png': 'machine-edit-broken-light-1440.png',
};

for (const [shown, taken] of Object.entries(PICTURES)) copyFileSync(new URL(taken, TAKEN), new URL(shown, SHOWN));
