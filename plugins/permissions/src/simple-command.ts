/** A command that is certain to be one: plain words, quotes without expansions, nothing that the shell would act on. */
export interface SimpleCommand {
  /** `NAME=value` in front of the program, as they are after quotes are resolved. */
  assignments: readonly string[];
  words: readonly string[];
}

/** Controls, invisible characters, spaces that are not the space, halves of a pair: no rule covers text that holds one. */
const HIDDEN = /[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800]|[[\p{Zs}]--[ ]]/v;
/** Everything that the shell might act on where it is not quoted. A tilde within a word is plain: `HEAD~1`. */
const SPECIAL = new Set(';&|<>(){}$`!*?[]#\\^');
/** Redirects that touch no file. */
const HARMLESS_REDIRECT = /(?:2>&1|[12]?>&2|[12]?>>? *\/dev\/null|&>>? *\/dev\/null|0?< *\/dev\/null)(?= |$)/y;
/** Words that begin something else than a simple command. */
const RESERVED = new Set('if then else elif fi case esac for select while until do done in function coproc { } ! [[ ]]'.split(' '));
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;
/** Assignments that change nothing of what a command does, as far as permission is concerned. */
const HARMLESS_VARIABLES = new Set(['CI', 'NODE_ENV', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'LC_ALL', 'TZ', 'TERM']);

export function holdsHidden(text: string): boolean {
  return HIDDEN.test(text);
}

/** @returns nothing where the text is not certain to be one simple command */
export function parseSimpleCommand(text: string): SimpleCommand | undefined {
  const line = trim(text);
  if (holdsHidden(line)) return undefined;
  const assignments: string[] = [];
  const words: string[] = [];
  for (let index = 0; index < line.length;) {
    if (line[index] === ' ') { index++; continue; }
    HARMLESS_REDIRECT.lastIndex = index;
    if (HARMLESS_REDIRECT.test(line)) { index = HARMLESS_REDIRECT.lastIndex; continue; }
    const word = readWord(line, index);
    if (word === undefined) return undefined;
    index = word.end;
    if (words.length > 0) words.push(word.text);
    else if (isAssignment(word)) assignments.push(word.text);
    else if (startsSomethingElse(word)) return undefined;
    else words.push(word.text);
  }
  return words.length === 0 ? undefined : { assignments, words };
}

interface Word { text: string; end: number; /** Where in `text` the first quoted part begins. */ quotedAt: number }

function readWord(line: string, start: number): Word | undefined {
  let text = '';
  let quotedAt = Infinity;
  /** A tilde after one of these may be the home folder. */
  let separated = true;
  let index = start;
  while (index < line.length && line[index] !== ' ') {
    const character = line[index]!;
    if (character === '\'' || character === '"') {
      const quoted = character === '"' ? readDoubleQuoted(line, index + 1) : readSingleQuoted(line, index + 1);
      if (quoted === undefined) return undefined;
      quotedAt = Math.min(quotedAt, text.length);
      text += quoted.text;
      index = quoted.end;
      continue;
    }
    if (SPECIAL.has(character) || (character === '~' && separated)) return undefined;
    separated = index === start ? '=:'.includes(character) : separated || '=:'.includes(character);
    text += character;
    index++;
  }
  return { text, end: index, quotedAt };
}

function readSingleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  const close = line.indexOf('\'', start);
  return close === -1 ? undefined : { text: line.slice(start, close), end: close + 1 };
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let index = start; index < line.length; index++) {
    const character = line[index]!;
    if (character === '"') return { text, end: index + 1 };
    if (character === '$' || character === '`') return undefined;
    // Within double quotes a backslash is itself, except in front of these four.
    if (character === '\\' && index + 1 < line.length && '$`"\\'.includes(line[index + 1]!)) index++;
    text += line[index]!;
  }
  return undefined;
}

function isAssignment({ text, quotedAt }: Word): boolean {
  const name = ASSIGNMENT.exec(text);
  return name !== null && quotedAt >= name[0].length;
}

function startsSomethingElse({ text, quotedAt }: Word): boolean {
  return quotedAt === Infinity && (RESERVED.has(text) || /^[A-Za-z_]\w*\+=/.test(text));
}

/** Spaces and line ends around a command are not part of it. Nothing else is taken away, not even a carriage return. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && /[ \n\t]/.test(text[start]!)) start++;
  while (end > start && /[ \n\t]/.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

export function isHarmlessAssignment(assignment: string): boolean {
  return HARMLESS_VARIABLES.has(assignment.slice(0, assignment.indexOf('=')));
}
