/**
 * Gives the page the style of pictures, once, before the first is drawn.
 *
 * An adopted sheet, since the content policy lets no style element in.
 */
import { PAGE_STYLE } from '../graph/style.ts';

const sheet = new CSSStyleSheet();
sheet.replaceSync(PAGE_STYLE);
document.adoptedStyleSheets.push(sheet);
