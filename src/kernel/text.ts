/** What a terminal or a reader would take for something else than a character: controls, direction marks, what is invisible, halves of a pair. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Emoji and several scripts are spelled with these two. */
const JOINERS = new Set(['\u200c', '\u200d']);

/**
 * Text from models, tools, files and peers as it may be shown: what would steer the terminal or deceive the reader is
 * written out, `\x1b` or `\u{202e}`. Line ends and tabs stay with `lines`; without it the result is one line.
 */
export function escapeControl(text: string, { lines = false }: { lines?: boolean } = {}): string {
  return text.replace(HIDDEN, (character) => {
    if (JOINERS.has(character) || (lines && (character === '\n' || character === '\t'))) return character;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
