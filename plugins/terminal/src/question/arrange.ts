import { cutLine, type Line, type Role, type Span, toSpan, widthOf, wrapLine } from '@pith/screen';
import { signsOf } from '../ink/signs.ts';
import { INDENT, OFFER_INDENT, type Parts } from './parts.ts';
import type { QuestionState } from './state.ts';

/** What of a question is on the screen. */
export interface Arranged {
  rows: readonly Line[];
  /** Rows to scroll through: all, those of what is asked about (the first), and those that are seen at once. */
  total: number;
  asked: number;
  seen: number;
}

/** With less than this there is no room for a title, what is asked, an answer and a word about the keys. */
const MIN_ROWS = 4;
const MAX_TYPED_ROWS = 3;

/**
 * The question in at most so many rows. Where all of it finds no room, what is asked about is a window to be moved, and of the answers each
 * has one row: what is cut of them stands whole in the window, below what is asked.
 * @param waiting other questions that come after this one
 * @param isReady false while keys still go elsewhere: then nothing is marked as chosen
 */
export function arrange(parts: Parts, state: QuestionState, { rows, waiting = 0, isReady = true }: { rows: number; waiting?: number; isReady?: boolean }): Arranged {
  const room = Math.max(MIN_ROWS, rows) - 2;
  const answers = state.isTyping ? layoutTyped(parts, state) : undefined;
  const whole = answers ?? parts.offers.flatMap(({ rows: lines }, index) => layoutOffer(parts, lines, { index, isChosen: isReady && index === state.selected }));
  const fits = answers !== undefined || whole.length <= room - Math.min(parts.content.length, Math.ceil(room / 2));
  const content = fits ? parts.content : [...parts.content, ...parts.offers.flatMap(({ rows: lines }, index) => (lines.length > 1 ? numbered(parts, lines, index) : []))];
  const bottom = fits ? whole : windowOf(parts, state, { isReady, count: Math.max(1, room - Math.min(content.length, Math.ceil(room / 2))) });
  const shown = bottom.slice(0, Math.max(1, room - 1));
  const seen = Math.min(content.length, room - shown.length);
  const top = topOf(state, { total: content.length, seen });
  return {
    total: content.length, asked: parts.content.length, seen,
    rows: [
      cutLine(parts.title, { width: parts.width, sign: parts.theme.signs.ellipsis }),
      ...content.slice(top, top + seen).map((line): Line => [{ text: ' '.repeat(INDENT) }, ...line]),
      ...shown,
      layoutStatus(parts, state, { top, seen, total: content.length, waiting }),
    ],
  };
}

/** Where the window begins; it never stands beyond the end. */
export function topOf({ top }: Pick<QuestionState, 'top'>, { total, seen }: Pick<Arranged, 'total' | 'seen'>): number {
  return Math.max(0, Math.min(top, total - seen));
}

function layoutOffer({ theme }: Parts, lines: readonly Line[], { index, isChosen, more = ' ' }: { index: number; isChosen: boolean; more?: string }): Line[] {
  const roles: Role[] = isChosen ? ['strong'] : [];
  const sign = isChosen ? (theme.unicode ? '❯' : '>') : more;
  const number = index < 9 ? `${index + 1}.` : '  ';
  return lines.map((line, row): Line => [
    row === 0 ? { text: `${sign} ${number} `, roles: isChosen ? ['sign'] : ['dim'] } : { text: ' '.repeat(OFFER_INDENT) },
    ...line.map((span) => ({ ...span, roles })),
  ]);
}

function numbered({ theme }: Parts, lines: readonly Line[], index: number): Line[] {
  return lines.map((line, row): Line => [{ text: row === 0 ? `${index + 1}. ` : '   ' }, ...line].map((span) => ({ ...toSpan(span.text, { theme }), roles: ['dim'] })));
}

/** As many answers as there is room for, a row each, around the chosen one. */
function windowOf(parts: Parts, { selected }: QuestionState, { count, isReady }: { count: number; isReady: boolean }): Line[] {
  const { offers, theme, width } = parts;
  const first = Math.max(0, Math.min(selected - Math.floor(count / 2), offers.length - count));
  const [up, down] = theme.unicode ? ['↑', '↓'] : ['^', 'v'];
  return offers.slice(first, first + count).map(({ text }, at) => {
    const index = first + at;
    const more = at === 0 && first > 0 ? up : at === count - 1 && index < offers.length - 1 ? down : ' ';
    const [line] = layoutOffer(parts, [[toSpan(text, { theme })]], { index, isChosen: isReady && index === selected, more });
    return cutLine(line!, { width, sign: theme.signs.ellipsis });
  });
}

/** The line that is typed into, with a sign where the cursor is: its last rows, where it is long. */
function layoutTyped({ theme, width }: Parts, { line: { text, cursor } }: QuestionState): Line[] {
  const sign: Span = { text: theme.unicode ? '▏' : '_', roles: ['sign'] };
  const typed: Line = [toSpan(text.slice(0, cursor), { theme }), sign, toSpan(text.slice(cursor), { theme })];
  const lines = wrapLine(typed, { width: Math.max(2, width - 2), keepSpaces: true });
  const at = lines.findIndex((line) => line.some((span) => span.text === sign.text && span.roles?.[0] === 'sign'));
  const first = Math.max(0, Math.min(at - 1, lines.length - MAX_TYPED_ROWS));
  return lines.slice(first, first + MAX_TYPED_ROWS).map((line, row): Line => [{ text: row === 0 && first === 0 ? '> ' : '  ', roles: ['sign'] }, ...line]);
}

/** Where the window is, who waits, and the keys: of the keys as many as there is room for. */
function layoutStatus(parts: Parts, state: QuestionState, { top, seen, total, waiting }: { top: number; seen: number; total: number; waiting: number }): Line {
  const { theme, width } = parts;
  const isMore = top + seen < total;
  const down = theme.unicode ? '↓' : 'v';
  const dash = theme.unicode ? '–' : '-';
  const range = `${top + 1}${dash}${top + seen} of ${total}`;
  const isHeld = state.heldMs !== undefined && isMore;
  const place = seen >= total ? [] : [isHeld ? `Space: ${range}, yes after the end` : `line ${range}${isMore ? `, ${down} more` : ''}`];
  const others = waiting === 0 ? [] : [`${waiting} more wait${waiting === 1 ? 's' : ''}`];
  const texts = [...place, ...others, ...keysOf(parts, state, isMore)];
  const { between: separator } = signsOf(theme);
  let status = texts[0] ?? '';
  for (const text of texts.slice(1)) {
    if (widthOf(status) + widthOf(separator) + widthOf(text) > width) break;
    status += separator + text;
  }
  return wrapLine([toSpan(status, { theme }, isHeld ? 'strong' : 'dim')], { width })[0]!;
}

function keysOf({ question: { kind } }: Parts, { isTyping }: QuestionState, isMore: boolean): string[] {
  if (isTyping) return ['Enter sends', kind === 'text' ? 'Esc answers nothing' : 'Esc goes back'];
  return [...(isMore ? ['Space goes on'] : []), kind === 'permission' ? 'Esc no' : 'Esc none', ...(kind === 'permission' ? ['v all in the pager'] : [])];
}
