import { escapeControl } from '@pith/kernel';

/** So many marks one letter may bear: no script needs more, and a flood of them is drawn over the lines above. */
const MAX_MARKS = 6;
/** What of an address is worth a click. */
const MAX_HREF = 2048;

/**
 * Nothing in it is drawn anew, or told to the terminal: then there is nothing to look for. Most text is so.
 */
// oxlint-disable-next-line no-control-regex
const HARMLESS = /^[\x20-\x7e\n]*$/;
/** Drawn as nothing, whatever their category: fillers, selectors, joiners. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const FLOOD = new RegExp(`(\\p{M}{${MAX_MARKS}})(\\p{M}+)`, 'gu');
const LETTER_THAT_JOINS = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}\ufe0f]|[^\p{ASCII}\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Text of anybody as it may stand on the screen, with everything written out that steers, hides or piles up. Line ends stay with
 * `lines`, and are dropped as spaces without; a tab is as wide as it is where it stands, so it stays for `expandTabs`.
 * @param ascii the terminal knows no UTF-8: bytes of one are controls to it, so every other character is written out
 */
export function toSafe(text: string, { lines = false, ascii = false }: { lines?: boolean; ascii?: boolean } = {}): string {
  const plain = lines ? text : text.replaceAll('\n', ' ');
  if (HARMLESS.test(plain)) return plain;
  if (ascii) return escapeControl(plain, { lines: true }).replace(/[^\p{ASCII}]/gu, writeOut);
  return escapeControl(plain, { lines: true })
    .replace(INVISIBLE, (character, at: number, whole: string) => (belongs(character, at, whole) ? character : writeOut(character)))
    .replace(FLOOD, (_, kept: string, rest: string) => `${kept}[${[...rest].length} marks]`);
}

/** Only what is certainly an address of the web or of mail, and only in characters that end no sequence of the terminal. */
export function toHref(address: string): string | undefined {
  if (!/^(?:https?:\/\/|mailto:)/i.test(address) || address.length > MAX_HREF) return undefined;
  const href = encodeURI(address.toWellFormed()).replaceAll('%25', '%');
  return /^[\x21-\x7e]+$/.test(href) && href.length <= MAX_HREF ? href : undefined;
}

/** Joiners between letters of a script that joins, and the sign that asks for an emoji, after one. */
function belongs(character: string, at: number, whole: string): boolean {
  const before = lastCharacter(whole.slice(Math.max(0, at - 2), at));
  if (character === '\ufe0f' || character === '\ufe0e') return /[\p{Emoji}\p{So}\p{Sm}]/u.test(before);
  if (character !== '\u200d' && character !== '\u200c') return false;
  const after = whole.codePointAt(at + 1);
  return after !== undefined && LETTER_THAT_JOINS.test(before) && LETTER_THAT_JOINS.test(String.fromCodePoint(after));
}

function lastCharacter(text: string): string {
  return [...text].at(-1) ?? '';
}

function writeOut(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
