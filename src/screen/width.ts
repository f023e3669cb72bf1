import { eastAsianWidth } from 'get-east-asian-width';

const TAB = 4;
const ASCII = /^[\x20-\x7e]*$/;
/** Drawn into the cell of what they follow. */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

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
