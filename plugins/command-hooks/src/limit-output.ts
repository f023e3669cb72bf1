import { cutMiddle } from '@pith/kernel';

/** What a hook may say to the model or to a person, in characters. */
export const OUTPUT_MAX = 10_000;
/** Room for the words that say what was left out. */
const NOTE_LENGTH = 80;

/** Text of a hook, at most `OUTPUT_MAX` characters of it; line ends are those of this system's text, halves of characters are mended. */
export function limitOutput(text: string): string {
  const plain = text.replaceAll('\r\n', '\n').toWellFormed();
  return plain.length <= OUTPUT_MAX ? plain : cutMiddle(plain, OUTPUT_MAX - NOTE_LENGTH);
}
