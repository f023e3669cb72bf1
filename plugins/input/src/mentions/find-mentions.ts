/** A place of the text that may be a mention. Whether it is one is known once it is looked for. */
export interface Candidate {
  /** What follows the `@`, without quotes. */
  name: string;
  /** In quotes, so that it is a path and nothing else. */
  isQuoted: boolean;
  /** What stands behind the closing quote. */
  suffix: string;
}

/** So many are looked at; more stand in no text that a person types. */
export const MAX_CANDIDATES = 500;

/**
 * A mention stands at the beginning, or behind a space or an opening bracket; so no e-mail address is one, and nothing in
 * quotes, as the imports of code. A comma may part two of them.
 */
const MENTION = /(?<![^\s([{,;])@(?:"([^"\n]{1,4096})"((?::\d|#L)[\dL:-]*)?|((?:\\ |(?!,@)[^\s"'`<>|\p{Cc}\p{Cf}]){1,4096}))/gu;

/** In the order in which they stand, each once. */
export function findMentions(text: string): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const [, quoted, suffix = '', plain] of withoutCode(text).matchAll(MENTION)) {
    const name = quoted ?? plain!.replaceAll('\\ ', ' ');
    const key = `${quoted === undefined ? '' : '"'}${name}"${suffix}`;
    if (!found.has(key)) found.set(key, { name, isQuoted: quoted !== undefined, suffix });
    if (found.size === MAX_CANDIDATES) break;
  }
  return [...found.values()];
}

/** Code in backticks is shown to the model, not to pith: decorators and packages stand there. */
function withoutCode(text: string): string {
  return text.includes('`') ? text.replaceAll(/^[ \t]*(`{3,})[^]*?(?:^[ \t]*\1`*[ \t]*$|(?![^]))|`[^`\n]+`/gm, ' ') : text;
}
