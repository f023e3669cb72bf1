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

/**
 * Text of somebody else as the model reads it: between tags with these attributes. Nothing in them or in the text closes them, or begins
 * a frame of the kind: where it tries to, the tag gets a number.
 */
export function enclose(text: string, tag: string, attributes: Readonly<Record<string, string>> = {}): string {
  const named = Object.entries(attributes).map(([key, value]) => ` ${key}=${JSON.stringify(escapeControl(value))}`).join('');
  const taken = new Set(Array.from(`${named}\n${text}`.matchAll(new RegExp(`</?${tag}(?:-(\\d{1,9}))?`, 'gi')), ([, number = '1']) => Number(number)));
  let number = 1;
  while (taken.has(number)) number++;
  const name = number === 1 ? tag : `${tag}-${number}`;
  return `<${name}${named}>\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}</${name}>`;
}
