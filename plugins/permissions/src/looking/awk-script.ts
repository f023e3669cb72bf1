/** Names that start, read, write or load something, or reach what does. */
const REACHES = new Set('system getline close fflush function func ARGV ARGC ENVIRON PROCINFO SYMTAB FUNCTAB'.split(' '));
const KEYWORDS = new Set('BEGIN END if else for while do in next nextfile exit break continue delete print printf'.split(' '));
const CALLED = new Set('length substr index split sub gsub match toupper tolower sprintf int sqrt exp log sin cos atan2 rand srand gensub strtonum strftime systime if for while print printf'.split(' '));
const TOKEN = /[ \t\n]+|\d+(?:\.\d+)?|[A-Za-z_]\w*|"(?:[^"\\\n]|\\[^\n])*"|\+\+|--|&&|\|\||[=!<>+*%^-]=|!~|[{}()[\];,?:<>=!~$%*^+-]|\//y;
/** Behind one of these a slash begins a pattern; behind anything else it divides. */
const BEFORE_PATTERN = /^(?:|[{}(,;!~?:]|&&|\|\||!~|\n)$/;

/**
 * Whether a program of awk only prints to where its output goes. It is read token by token; what is not one of these tokens, as
 * pipes and `@`, is not known, and neither is a `>` that may be a redirect or a slash that may be a division.
 */
export function onlyPrintsByAwk(program: string): boolean {
  let braces = 0;
  let parentheses = 0;
  let last = '';
  for (let index = 0; index < program.length;) {
    TOKEN.lastIndex = index;
    const token = TOKEN.exec(program)?.[0];
    if (token === undefined) return false;
    index += token.length;
    if (/^[ \t\n]+$/.test(token)) { if (token.includes('\n')) last = '\n'; continue; }
    if (token === '/') {
      const end = BEFORE_PATTERN.test(last) ? patternEnd(program, index) : undefined;
      if (end === undefined) return false;
      index = end + 1;
      last = 'pattern';
      continue;
    }
    if (/^[A-Za-z_]/.test(token)) {
      if (REACHES.has(token)) return false;
      if (/^[ \t]*\(/.test(program.slice(index)) && !CALLED.has(token) && !KEYWORDS.has(token)) return false;
    }
    if (token === '>' && braces > 0 && parentheses === 0) return false;
    if (token === '{') braces++;
    if (token === '}') braces--;
    if (token === '(' || token === '[') parentheses++;
    if (token === ')' || token === ']') parentheses--;
    if (braces < 0 || parentheses < 0) return false;
    last = token;
  }
  return braces === 0 && parentheses === 0;
}

function patternEnd(program: string, start: number): number | undefined {
  let isOpen = false;
  for (let index = start; index < program.length; index++) {
    const character = program[index]!;
    if (character === '\n') return undefined;
    if (character === '\\') { index++; continue; }
    // Not every awk ends a pattern at a slash within brackets.
    if (character === '/') return isOpen ? undefined : index;
    if (character === '[') isOpen = true;
    if (character === ']') isOpen = false;
  }
  return undefined;
}
