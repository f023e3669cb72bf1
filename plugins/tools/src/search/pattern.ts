/** One step through a regular expression: an escape, or a character. */
const TOKEN = /\\[^]|[^]/g;

/**
 * A line end within a class as `\x0A`. ripgrep-wrapper rewrites `\n` so that it finds CRLF as well, and would make `[^\n]` match
 * nothing at all.
 */
export function protectNewlines(pattern: string): string {
  let depth = 0;
  return pattern.replace(TOKEN, (token) => {
    if (token === '[') depth++;
    else if (token === ']' && depth > 0) depth--;
    return depth > 0 && (token === '\\n' || token === '\n') ? '\\x0A' : token;
  });
}

/** Whether it can match more than one line: a line end stands outside of its classes. */
export function spansLines(pattern: string): boolean {
  return [...protectNewlines(pattern).matchAll(TOKEN)].some(([token]) => token === '\n' || token === '\\n');
}

/**
 * The pattern with the rest of the line behind it, so that a line matches once and not a million times.
 * @returns nothing where that could change what it means: brackets that do not pair, comments to the end of a line, verbs
 */
export function toOneMatchALine(pattern: string): string | undefined {
  if (/\(\?[a-zA-Z-]*x|\(\*|\\[QK]/.test(pattern)) return undefined;
  let depth = 0;
  let isClass = false;
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token === '[') isClass = true;
    else if (token === ']') isClass = false;
    else if (token === '(' && !isClass) depth++;
    else if (token === ')' && !isClass && --depth < 0) return undefined;
  }
  return depth === 0 ? `(?:${pattern}).*` : undefined;
}
