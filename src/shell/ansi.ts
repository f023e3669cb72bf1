const ANSI_SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', v: '\v', '\\': '\\', '\'': '\'', '"': '"', '?': '?' };

/** The text of `$'…'`; nothing where an escape makes no plain character. */
export function decodeAnsi(source: string): string | undefined {
  let isPlain = true;
  const text = source.replace(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([^]))/g, (_, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
    const code = octal === undefined ? parseInt(x ?? u ?? U ?? '', 16) : parseInt(octal, 8);
    if (!Number.isNaN(code)) {
      // Bytes beyond ASCII are parts of characters, and a zero ends the text.
      if (code === 0 || code > 0x10ffff || (code > 0x7f && (x !== undefined || octal !== undefined))) isPlain = false;
      return isPlain ? String.fromCodePoint(code) : '';
    }
    const simple = ANSI_SIMPLE[other!];
    if (simple === undefined) isPlain = false;
    return simple ?? '';
  });
  return isPlain ? text : undefined;
}
