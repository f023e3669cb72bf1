/** An escape of JSON, of an address, or one that colours what follows: its last character may be a letter. */
const ESCAPE = '\\\\[nrtbf]|%[0-9A-Fa-f]{2}|\\\\u[0-9A-Fa-f]{4}|(?:\\x1b|\\\\(?:u001[bB]|x1[bB]|033|e))\\[[\\d;:]{0,24}[mK]';

/** The beginning of a word, also behind an escape. */
export const EDGE = `(?:(?<![A-Za-z0-9])|(?<=${ESCAPE}))`;

const ESCAPE_END = new RegExp(`(?:${ESCAPE})$`);
const ESCAPE_MAX = 32;

/** Whether a place is one where no word begins. */
export function isInWord(text: string, at: number): boolean {
  const unit = at === 0 ? 0 : text.charCodeAt(at - 1);
  const isWord = (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
  return isWord && !ESCAPE_END.test(text.slice(Math.max(0, at - ESCAPE_MAX), at));
}
