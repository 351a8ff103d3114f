/** What axe finds on a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export async function findings(page) {
  // The content policy keeps foreign scripts out of the page; a debugger is let in.
  await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    // The list of completions scrolls with the option that is chosen, while the focus stays in the text.
    const { violations } = await window.axe.run({ exclude: [{ fromShadowDom: ['.code', '.cm-tooltip-autocomplete'] }] }, {
      runOnly: { type: 'tag', values: tags },
      // An experiment of axe's: the name of a state is whole where the picture has to cut it.
      rules: { 'label-content-name-mismatch': { enabled: false } },
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
  }, TAGS);
}
