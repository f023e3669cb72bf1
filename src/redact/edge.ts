/** The beginning of a word; behind an escape of JSON or of an address, too, whose last character is a letter. */
export const EDGE = '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf]|%[0-9A-Fa-f]{2}|\\\\u[0-9A-Fa-f]{4}))';

const ESCAPE_END = /(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$/;

/** Whether a place is one where no word begins. */
export function isInWord(text: string, at: number): boolean {
  const unit = at === 0 ? 0 : text.charCodeAt(at - 1);
  const isWord = (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
  return isWord && !ESCAPE_END.test(text.slice(Math.max(0, at - 6), at));
}
