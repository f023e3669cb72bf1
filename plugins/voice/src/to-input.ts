/** At its beginning such a character makes a command of a text, or an option of an argument. */
const BEGINS = /^[-!/\\]/;
/** Where a file or an address may be mentioned. */
const MENTION = /(?<![\p{L}\p{N}_.\\])@/gu;

/**
 * What was said, so that `pith run "$(pith voice)"` sends it as words: whoever transcribed it is not the person who spoke, so nothing in
 * it is taken for a command, a mention or an option.
 */
export function toInput(text: string): string {
  const words = text.replaceAll(MENTION, '\\@');
  return BEGINS.test(words) ? ` ${words}` : words;
}
