import { convert as toPlain } from 'html-to-text';

/** A page as text: headings, lists and tables kept, links with their addresses, nothing of scripts, styles and pictures. */
export function convert(html: string, url: string): string {
  return toPlain(html, {
    wordwrap: false,
    limits: { maxInputLength: 5 * 1024 * 1024, maxDepth: 200, ellipsis: '…' },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'svg', format: 'skip' },
      { selector: 'nav', format: 'skip' },
      { selector: 'a', options: { baseUrl: new URL(url).origin, ignoreHref: false, hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
      { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
      ...['h1', 'h2', 'h3', 'h4'].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  }).trim();
}
