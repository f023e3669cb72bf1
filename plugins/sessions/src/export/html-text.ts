import { type Lex, toHref } from '@pith/screen';
import { visible } from './words.ts';

type Token = ReturnType<Lex>[number];

/** Lists and quotes in each other beyond this are shown as they were written. */
const DEPTH_MAX = 30;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Anybody's text as text of the page: no markup, and nothing in it that hides or deceives. */
export function toText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Markdown as the page shows it. Its HTML is shown as it was written; an image is its address, and nothing is fetched. */
export function toHtml(text: string, lex: Lex): string {
  return toBlocks(lex(text, Object.create(null) as Parameters<Lex>[1]), 0);
}

function toBlocks(tokens: readonly Token[], depth: number): string {
  return tokens.map((token) => (depth > DEPTH_MAX ? pre(token.raw) : toBlock(token, depth))).join('');
}

function toBlock(token: Token, depth: number): string {
  const inner = (tokens: unknown): string => toBlocks((tokens ?? []) as Token[], depth + 1);
  switch (token.type) {
    case 'space': case 'def': return '';
    case 'heading': return `<p class="h">${toInline(token.tokens, depth)}</p>`;
    case 'paragraph': return `<p>${toInline(token.tokens, depth)}</p>`;
    case 'text': return 'tokens' in token && token.tokens !== undefined ? toInline(token.tokens, depth) : toText(token.text);
    case 'code': return pre(token.text);
    case 'html': return pre(token.raw);
    case 'hr': return '<hr>';
    case 'blockquote': return `<blockquote>${inner(token.tokens)}</blockquote>`;
    case 'list': {
      const tag = token.ordered ? 'ol' : 'ul';
      const start = token.ordered && Number.isSafeInteger(token.start) ? ` start="${Number(token.start)}"` : '';
      return `<${tag}${start}>${token.items.map((item) => `<li>${item.task ? (item.checked ? '[x] ' : '[ ] ') : ''}${inner(item.tokens.filter(({ type }) => (type as string) !== 'checkbox'))}</li>`).join('')}</${tag}>`;
    }
    case 'table': {
      const row = (tag: string, cells: readonly { tokens: unknown }[]): string => `<tr>${cells.map((cell) => `<${tag}>${toInline(cell.tokens, depth)}</${tag}>`).join('')}</tr>`;
      return `<div class="wide"><table>${row('th', token.header)}${token.rows.map((cells) => row('td', cells)).join('')}</table></div>`;
    }
    default: return `<p>${toText(token.raw)}</p>`;
  }
}

function toInline(tokens: unknown, depth: number): string {
  return ((tokens ?? []) as Token[]).map((token) => (depth > DEPTH_MAX ? toText(token.raw) : toInlinePart(token, depth + 1))).join('');
}

function toInlinePart(token: Token, depth: number): string {
  switch (token.type) {
    case 'strong': return `<strong>${toInline(token.tokens, depth)}</strong>`;
    case 'em': return `<em>${toInline(token.tokens, depth)}</em>`;
    case 'del': return `<del>${toInline(token.tokens, depth)}</del>`;
    case 'codespan': return `<code>${toText(token.text)}</code>`;
    case 'br': return '<br>';
    case 'escape': return toText(token.text);
    case 'text': return 'tokens' in token && token.tokens !== undefined ? toInline(token.tokens, depth) : toText(token.text);
    case 'link': return toLink(token.href, toInline(token.tokens, depth));
    case 'image': return toText(token.raw);
    default: return toText(token.raw);
  }
}

/** Only what is certainly an address of the web or of mail; where it leads is shown, since its words may say otherwise. */
function toLink(address: string, words: string): string {
  const href = toHref(address);
  if (href === undefined) return `${words} (${toText(address)})`;
  const shown = toText(href);
  return `<a href="${shown}" rel="noopener noreferrer nofollow">${words}</a>${words === shown ? '' : ` (${shown})`}`;
}

export function pre(text: string): string {
  return `<pre>${toText(text.replace(/\n$/, ''))}</pre>`;
}
