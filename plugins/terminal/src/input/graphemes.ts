const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;
/** What belongs to a word, for moves by words. */
const WORD = /[\p{L}\p{N}\p{M}\p{Pc}\p{Cs}]/u;

/** What is seen as one character, from `from` up to `to`. */
export interface Grapheme { text: string; from: number; to: number }

/** A line end is one by itself, so that a line can be looked at alone. */
export function graphemesOf(text: string, offset = 0): Grapheme[] {
  if (ASCII.test(text)) return Array.from(text, (character, index) => ({ text: character, from: offset + index, to: offset + index + 1 }));
  return Array.from(segmenter.segment(text), ({ segment, index }) => ({ text: segment, from: offset + index, to: offset + index + segment.length }));
}

/** Where the character before this place begins. */
export function before(text: string, at: number): number {
  if (at <= 0) return 0;
  if (isAscii(text, at - 1) && (at === text.length || isAscii(text, at))) return at - 1;
  const start = lineStart(text, at);
  return start === at ? at - 1 : graphemesOf(text.slice(start, lineEnd(text, at)), start).findLast(({ from }) => from < at)!.from;
}

/** Where the character at this place ends. */
export function behind(text: string, at: number): number {
  if (at >= text.length) return text.length;
  if (isAscii(text, at) && (at + 1 === text.length || isAscii(text, at + 1))) return at + 1;
  const start = lineStart(text, at);
  const end = lineEnd(text, at);
  return end === at ? at + 1 : graphemesOf(text.slice(start, end), start).find(({ to }) => to > at)!.to;
}

export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** The beginning of the word before this place. */
export function wordBefore(text: string, at: number): number {
  let place = at;
  while (place > 0 && !isWord(text, before(text, place), place)) place = before(text, place);
  while (place > 0 && isWord(text, before(text, place), place)) place = before(text, place);
  return place;
}

/** The end of the word behind this place. */
export function wordBehind(text: string, at: number): number {
  let place = at;
  while (place < text.length && !isWord(text, place, behind(text, place))) place = behind(text, place);
  while (place < text.length && isWord(text, place, behind(text, place))) place = behind(text, place);
  return place;
}

/** As the shell's ctrl+w: everything up to a space. */
export function spaceBefore(text: string, at: number): number {
  let place = at;
  while (place > 0 && /\s/.test(text[place - 1]!)) place--;
  while (place > 0 && !/\s/.test(text[place - 1]!)) place--;
  return place;
}

/** The nearest place where the cursor may stand, not behind this one: of a text that has changed around it. */
export function toBoundary(text: string, at: number): number {
  const place = Math.max(0, Math.min(at, text.length));
  return place === 0 || place === text.length ? place : behind(text, before(text, place)) === place ? place : before(text, place);
}

function isWord(text: string, from: number, to: number): boolean {
  return WORD.test(text.slice(from, to));
}

function isAscii(text: string, at: number): boolean {
  return text.charCodeAt(at) < 0x80;
}
