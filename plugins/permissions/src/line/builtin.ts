import type { Argument } from './argument.ts';
import { isHarmlessName, isOwnName } from './assignment.ts';

/** What a command does to the shell that runs it, for the commands after it. */
export type Change =
  | { kind: 'none' }
  | { kind: 'cd'; to: string }
  /** It sets these variables. */
  | { kind: 'names'; names: readonly string[] }
  /** Anything: words after it may mean something else. */
  | { kind: 'shell'; what: string };

const NONE: Change = { kind: 'none' };
const CHANGERS = new Set('. alias builtin command declare disable enable eval exec export getopts hash let local mapfile popd pushd readarray readonly set shopt source trap typeset ulimit umask unalias unset'.split(' '));
const READ_OPTIONS = /^-(?:[rsE]+|[dntpuN].*|[rsE]+[dntpuN].*)$/;
const READ_VALUES = /^-[rsE]*[dntpuN]$/;
/** Stricter shells, and one that tells what it does: they change nothing of what words mean. */
const SET_OPTIONS = /^[-+](?:[euxvn]+|[euxvn]*o)$/;
const SET_NAMES = new Set(['errexit', 'nounset', 'xtrace', 'verbose', 'pipefail', 'errtrace', 'functrace']);

export function changeOf(words: readonly Argument[]): Change {
  const [program, ...given] = words;
  if (program === undefined) return NONE;
  if (program.kind !== 'known') return { kind: 'shell', what: 'a program that is not known' };
  switch (program.text) {
    case 'cd': {
      const to = folderOf(given);
      return to === undefined ? { kind: 'shell', what: 'a cd to a place that is not known' } : { kind: 'cd', to };
    }
    case 'read': {
      const names = readNames(given);
      return names === undefined ? { kind: 'shell', what: 'read' } : { kind: 'names', names };
    }
    case 'printf': return isFormat(given[0]) ? NONE : { kind: 'shell', what: 'printf' };
    case 'set': return isStricter(given) ? NONE : { kind: 'shell', what: 'set' };
    case 'command': return given[0]?.kind === 'known' && /^-[vV]$/.test(given[0].text) ? NONE : { kind: 'shell', what: 'command' };
    case 'exec': return given.length === 0 ? NONE : { kind: 'shell', what: 'exec' };
    case 'local': case 'declare': case 'export': case 'unset': {
      const names = namesOf(program.text, given);
      return names === undefined ? { kind: 'shell', what: program.text } : { kind: 'names', names };
    }
    default: return CHANGERS.has(program.text) ? { kind: 'shell', what: program.text } : NONE;
  }
}

/** The one folder that a `cd` goes to. */
export function folderOf(given: readonly Argument[]): string | undefined {
  const [to, ...others] = given[0]?.text === '--' ? given.slice(1) : given;
  return to?.kind === 'known' && others.length === 0 && !/^(?:$|[-+])/.test(to.text) ? to.text : undefined;
}

/** Those that `isHarmlessBuiltin` decides on. */
const DECIDED = new Set(': true false echo exit return break continue shift wait printf test [ set read local declare unset export exec'.split(' '));

/** Whether a program of that name never does anything to the shell that runs it. */
export function isProgramOnly(name: string): boolean {
  return name !== 'cd' && name !== 'read' && name !== 'printf' && !CHANGERS.has(name);
}

export function isDecidedName(name: string): boolean {
  return DECIDED.has(name);
}

export function isDecidedBuiltin([program]: readonly Argument[]): boolean {
  return program?.kind === 'known' && isDecidedName(program.text);
}

/**
 * Whether a builtin of the shell does nothing but tell, wait, compare or set what only the script itself looks at. Its
 * words need not be known, where the builtin takes them as they come.
 */
export function isHarmlessBuiltin(words: readonly Argument[]): boolean {
  const [program, ...given] = words;
  if (program?.kind !== 'known') return false;
  switch (program.text) {
    case ':': case 'true': case 'false': case 'echo': return given.every(isWithin);
    case 'exit': case 'return': case 'break': case 'continue': case 'shift': case 'wait': return given.every((word) => word.kind === 'open' || (word.kind === 'known' && /^(?:-?\d*|%\d+|-n)$/.test(word.text)));
    case 'printf': return isFormat(given[0]) && given.every(isWithin);
    case 'test': return isComparison(given);
    case '[': return given.at(-1)?.text === ']' && isComparison(given.slice(0, -1));
    case 'set': return given.length > 0 && isStricter(given);
    case 'read': return readNames(given)?.every(isOwnName) ?? false;
    case 'local': case 'declare': case 'unset': return namesOf(program.text, given)?.every(isOwnName) ?? false;
    case 'export': return given.length > 0 && namesOf('export', given)?.length === 0;
    case 'exec': return given.length === 0;
    default: return false;
  }
}

/** No option, as `-v NAME`, and no `%n`, which sets a variable. */
function isFormat(word: Argument | undefined): boolean {
  return word?.kind === 'known' && !/^-|%[^%A-Za-mo-z]*n/.test(word.text.replaceAll('%%', ''));
}

/** A pattern tells the names of what it fits: only those below the folder at hand. */
function isWithin(word: Argument): boolean {
  if (word.kind === 'open' && /^[/~].*[*?[]/.test(word.text)) return false;
  return word.kind !== 'pattern' || !/^[/~]|(?:^|\/)\.\.(?:\/|$)/.test(word.text);
}

/** Forms in which no word can be an operator that evaluates: `-v` and `-R` read indexes. */
function isComparison(given: readonly Argument[]): boolean {
  const words = given[0]?.kind === 'known' && given[0].text === '!' ? given.slice(1) : given;
  if (words.some((word) => word.kind === 'pattern' || (word.kind === 'open' && !word.isOne))) return false;
  const [first, second] = words;
  if (words.length === 2) return first!.kind === 'known' && /^-[a-zA-Z]$/.test(first!.text) && !/^-[vR]$/.test(first!.text);
  if (words.length === 3) return second!.kind === 'known' && /^(?:=|==|!=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/.test(second!.text);
  return words.length === 1;
}

function isStricter(given: readonly Argument[]): boolean {
  let takesName = false;
  for (const word of given) {
    if (word.kind !== 'known') return false;
    if (takesName) {
      if (!SET_NAMES.has(word.text)) return false;
      takesName = false;
    } else {
      if (!SET_OPTIONS.test(word.text)) return false;
      takesName = word.text.endsWith('o');
    }
  }
  return !takesName && given.length > 0;
}

/** The variables that `read` sets. */
function readNames(given: readonly Argument[]): string[] | undefined {
  const names: string[] = [];
  for (let index = 0; index < given.length; index++) {
    const word = given[index]!;
    if (word.kind !== 'known') return undefined;
    if (READ_VALUES.test(word.text)) index++;
    else if (word.text.startsWith('-')) { if (!READ_OPTIONS.test(word.text)) return undefined; }
    else if (/^[A-Za-z_]\w*$/.test(word.text)) names.push(word.text);
    else return undefined;
  }
  return names;
}

/** The variables that a declaration sets; those that an export of is harmless are left out. Nothing where it is another form. */
function namesOf(builtin: string, given: readonly Argument[]): string[] | undefined {
  const names: string[] = [];
  for (const word of given) {
    const name = /^[A-Za-z_]\w*(?=$|=)/.exec(word.text)?.[0];
    if (name === undefined || word.kind === 'pattern' || word.kind === 'found' || (word.kind === 'open' && !word.text.startsWith(`${name}=`))) return undefined;
    if (builtin === 'unset' && (word.kind !== 'known' || word.text !== name)) return undefined;
    if (builtin !== 'export') names.push(name);
    else if (!isHarmlessName(name)) return undefined;
  }
  return names;
}
