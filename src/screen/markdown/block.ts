import type { MarkedToken, Tokens } from 'marked';
import { type Line, type Role, textOf, within } from '../span.ts';
import { wrapLine } from '../wrap.ts';
import { widthOf } from '../width.ts';
import { layoutCode } from '../code/layout.ts';
import { isBare, layoutInline } from './inline.ts';
import { known } from './lexer.ts';
import { type Look, toSpan } from './look.ts';
import { layoutTable } from './table.ts';

/** Narrower than this nothing goes further to the right, however deep it stands. */
const MIN_WIDTH = 16;
/** What is deeper in lists and quotes is shown as it was written. */
const MAX_DEPTH = 40;

/** Blocks below each other, an empty row between them. */
function layoutBlocks(tokens: readonly MarkedToken[], look: Look): Line[] {
  const lines: Line[] = [];
  for (const token of tokens) {
    const block = layoutBlock(token, look);
    if (block.length > 0) lines.push(...(lines.length > 0 ? [[]] : []), ...block);
  }
  return lines;
}

export function layoutBlock(token: MarkedToken, look: Look): Line[] {
  const { theme, depth = 0 } = look;
  if (depth > MAX_DEPTH) return wrapAll(token.raw.trimEnd().split('\n').map((line) => [toSpan(line, look)]), look);
  switch (token.type) {
    case 'space': case 'def': case 'checkbox': return [];
    case 'heading': return layoutHeading(token, look);
    case 'paragraph': return wrapAll(layoutInline(known(token.tokens), look), look);
    case 'text': return wrapAll(layoutInline(token.tokens === undefined ? [token] : known(token.tokens), look), look);
    // Where an empty line ends a block, marked counts the end of the line above it, too.
    case 'code': return layoutCode(token.text.replace(/\n$/, ''), token.lang, look);
    case 'blockquote': return layoutQuote(token, look);
    case 'list': return layoutItems(token.items, numbersFrom(token), look);
    case 'table': return layoutTable(token, look);
    case 'html': return wrapAll(token.raw.trimEnd().split('\n').map((line) => [toSpan(line, look, 'html')]), look);
    case 'hr': return [[theme.words ? { text: 'Separator' } : { text: theme.signs.rule.repeat(Math.min(look.width, 40)), roles: ['dim'] }]];
    default: return wrapAll([[toSpan(token.raw, look)]], look);
  }
}

/** The number of the first item; nothing for a list without numbers. */
export function numbersFrom(list: Tokens.List): number | undefined {
  return list.ordered ? Number(list.start) || 0 : undefined;
}

/** Whether there are empty lines between items makes no difference: it is known only at the end of the list. */
export function layoutItems(items: readonly Tokens.ListItem[], first: number | undefined, look: Look): Line[] {
  return items.flatMap((item, index) => {
    const sign = first === undefined ? look.theme.signs.bullet : `${first + index}.`;
    const signs = first === undefined && item.task ? taskSign(item, look) : item.task ? `${sign} ${taskSign(item, look)}` : sign;
    const indent = look.width >= MIN_WIDTH ? widthOf(signs) + 1 : 2;
    const inner = { ...look, depth: (look.depth ?? 0) + 1, width: Math.max(2, look.width - indent) };
    const lines = layoutParts(known(item.tokens), inner);
    return (lines.length === 0 ? [[]] : lines).map((line, row): Line => (row === 0 ? [{ text: signs, roles: ['sign'] }, { text: ' ' }, ...line] : line.length === 0 ? [] : [{ text: ' '.repeat(indent) }, ...line]));
  });
}

/** What an item consists of. Only two paragraphs have an empty row between them. */
function layoutParts(tokens: readonly MarkedToken[], look: Look): Line[] {
  const isText = (token: MarkedToken | undefined): boolean => token?.type === 'text' || token?.type === 'paragraph';
  const parts = tokens.filter(({ type }) => type !== 'space' && type !== 'checkbox');
  return parts.flatMap((token, index) => [...(isText(token) && isText(parts[index - 1]) ? [[]] : []), ...layoutBlock(token, look)]);
}

function taskSign(item: Tokens.ListItem, { theme: { words, signs } }: Look): string {
  if (words) return item.checked === true ? 'Done:' : 'To do:';
  return item.checked === true ? signs.done : signs.open;
}

function layoutHeading(token: Tokens.Heading, look: Look): Line[] {
  const sign = look.theme.words ? `Heading ${token.depth}: ` : isBare(look) || token.depth > 2 ? `${'#'.repeat(token.depth)} ` : '';
  const lines = layoutInline(known(token.tokens), look).map((line, index) => within('heading', index === 0 && sign !== '' ? [{ text: sign }, ...line] : line));
  return wrapAll(lines, look);
}

function layoutQuote(token: Tokens.Blockquote, look: Look): Line[] {
  const { words, signs } = look.theme;
  const isNarrow = look.width < MIN_WIDTH;
  const lines = layoutBlocks(known(token.tokens), { ...look, depth: (look.depth ?? 0) + 1, width: words || isNarrow ? look.width : look.width - 2 });
  if (isNarrow && !words) return lines;
  if (words) return [[{ text: 'Quote:' }], ...lines, [{ text: 'End of quote' }]];
  return lines.map((line): Line => [{ text: `${signs.bar} `, roles: ['dim'] }, ...withRole('quote', line)]);
}

/** A quote in a quote looks as one. */
function withRole(role: Role, line: Line): Line {
  return textOf(line) === '' ? [] : within(role, line);
}

function wrapAll(lines: readonly Line[], { width }: Look): Line[] {
  return lines.flatMap((line) => wrapLine(line, { width }));
}
