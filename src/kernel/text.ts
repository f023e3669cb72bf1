/**
 * Makes text of models, tools, files and peers safe to show: control characters (C0, DEL, C1), direction marks and
 * invisible characters become visible escapes. Line ends and tabs stay, and so do the joiners that emoji and some
 * scripts need.
 */
export function escapeControl(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    if (code === 0x1b) return '\\e';
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb]|(?<![^\u0000-\u007f])[\u200c\u200d]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
