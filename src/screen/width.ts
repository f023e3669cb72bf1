import { eastAsianWidth } from 'get-east-asian-width';

const TAB = 4;
const ASCII = /^[\x20-\x7e]*$/;
/** Drawn into the cell of what they follow. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
/** Letters, signs and boxes that nothing is put together with: each is one character, seen without the segmenter, which takes 10 ms to make. */
const ALONE = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0556\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u27ff\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60]*$/;
let segmenter: Intl.Segmenter | undefined;

/** What is seen as one character, and the columns it takes. */
export interface Cell { text: string; columns: number }

/**
 * The columns of a text. Terminals disagree about what is put together of several characters (a family takes two columns here and
 * six there), so the most that any of them takes is counted: a line may end early, and never runs into the next.
 */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const cell of toCells(text)) columns += cell.columns;
  return columns;
}

export function toCells(text: string): Cell[] {
  if (ASCII.test(text)) return Array.from(text, (character) => ({ text: character, columns: 1 }));
  if (ALONE.test(text)) return Array.from(text, (character) => ({ text: character, columns: eastAsianWidth(character.codePointAt(0)!) }));
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => ({ text: segment, columns: columnsOf(segment) }));
}

/** Tabs as the spaces that they are at this column. */
export function expandTabs(text: string, column = 0): string {
  if (!text.includes('\t')) return text;
  let out = '';
  for (const part of text.split(/(\t)/)) {
    out += part === '\t' ? ' '.repeat(TAB - ((column + widthOf(out)) % TAB)) : part;
  }
  return out;
}

function columnsOf(grapheme: string): number {
  let columns = 0;
  for (const character of grapheme) columns += ZERO.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
  return grapheme.includes('\ufe0f') ? Math.max(2, columns) : Math.max(1, columns);
}
