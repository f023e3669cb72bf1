import type { MarkedToken, Tokens } from 'marked';
import { type Line, type Span, textOf, within } from '../span.ts';
import { toHref, toSafe } from '../safe.ts';
import { known } from './lexer.ts';
import { type Look, toSpan } from './look.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', hellip: '…', mdash: '—', ndash: '–', copy: '©', rarr: '→', larr: '←', times: '×' };

/** Text within a block as lines: one, and one more for each hard break. */
export function layoutInline(tokens: readonly MarkedToken[], look: Look): Line[] {
  const lines: Span[][] = [[]];
  for (const token of tokens) {
    const [first = [], ...more] = layoutToken(token, look);
    lines.at(-1)!.push(...first);
    lines.push(...more.map((line) => [...line]));
  }
  return lines;
}

function layoutToken(token: MarkedToken, look: Look): Line[] {
  const inner = (role: Parameters<typeof within>[0], tokens: Tokens.Generic['tokens']): Line[] => layoutInline(known(tokens), look).map((line) => within(role, line));
  switch (token.type) {
    case 'strong': return inner('strong', token.tokens);
    case 'em': return inner('emphasis', token.tokens);
    case 'del': return inner('struck', token.tokens);
    case 'codespan': return [[toSpan(isBare(look) ? `\`${token.text}\`` : token.text, look, 'code')]];
    case 'link': return layoutLink(token, look);
    case 'image': return [[toSpan(`[image: ${token.text || 'no description'}] (${token.href})`, look, 'address')]];
    case 'br': return [[], []];
    case 'html': return [[toSpan(token.raw, look, 'html')]];
    case 'checkbox': return [];
    case 'text': return token.tokens === undefined ? [[toSpan(decodeEntities(token.text), look)]] : layoutInline(known(token.tokens), look);
    case 'escape': return [[toSpan(token.text, look)]];
    default: return [[toSpan(token.raw, look)]];
  }
}

/**
 * Where the terminal knows links, the text leads there; else the address stands behind it. A text that looks like another
 * address than the one it leads to never stands alone.
 */
function layoutLink(token: Tokens.Link, look: Look): Line[] {
  const lines = layoutInline(known(token.tokens), look).map((line) => within('link', line));
  const shown = lines.map(textOf).join(' ');
  const href = toHref(token.href);
  const address = toSafe(token.href, { ascii: !look.theme.unicode });
  const isSame = shown === address || `mailto:${shown}` === address || (/^www\./.test(shown) && address === `http://${shown}`);
  const linked = href === undefined || !look.theme.links ? lines : lines.map((line) => line.map((span) => ({ ...span, href })));
  if (address === '' || isSame || (look.theme.links && href !== undefined && !/\w[.:]\/?\/?\w/.test(shown))) return linked;
  return [...linked.slice(0, -1), [...linked.at(-1) ?? [], toSpan(` (${address})`, look, 'address')]];
}

/** Where there is no look to tell them by, signs tell what is code and what a heading. */
export function isBare({ theme }: Look): boolean {
  return theme.level === 0;
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code === 0 || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
  });
}
