import { PROGRAMS, UNKNOWN_OPTIONS } from './program-table.ts';

/** What is known of a program. It decides how far a prefix rule reaches, and whether a command leaves the files it names as they are. */
export interface Program {
  /** Runs, or loads, what its first operands name: a prefix must name this many of them, or it covers nothing. */
  runs?: number;
  /**
   * Options that start programs, load code, switch configuration or repository, or write files: no prefix covers them.
   * One without a value ends in `!`.
   */
  unsafe?: string;
  /** The same, but only in front of the subcommand. */
  before?: string;
  /** Options that are harmless although `unsafe` lists what they begin with. */
  safe?: RegExp;
  /** Words that no prefix covers. */
  refuse?: RegExp;
  /** Its own options may stand after the operand, too. */
  permutes?: true;
  /** Options whose value is the next word; needed to find the first operand. */
  values?: string;
  /** Long options are written with one dash. */
  singleDash?: true;
  /** Words in front of the operand that set variables. */
  assignments?: true;
  /** The first operand may be a bundle of options, without a dash. */
  bundle?: true;
  /** Subcommands with options of their own. A prefix covers one only where it names it, unless it is `open`. */
  subcommands?: Readonly<Record<string, Program>>;
  /** As a subcommand: a prefix that ends before it reaches into it. */
  open?: true;
  /** Without one of these it writes files whose names nobody sees beforehand. */
  needs?: string;
  /** Further operands than these are written. */
  most?: number;
  /** Leaves the files it names as they are, unless an unsafe option is there; or only these subcommands do. */
  reads?: true | string;
  /** Options whose value is code: a rule that names it covers nothing behind it, where options may follow. */
  code?: string;
  /** A subcommand that is not listed may be any program, so that a prefix must name it. */
  strict?: true;
  /** What it names are words, not files. */
  text?: true;
  /** Options whose value is a text that somebody reads. */
  texts?: string;
  /** Reads, or changes, whatever lies below the folders that it is given, always or with one of these options. */
  deep?: true | string;
  /** Where it is given no folder, that is the one it runs in. */
  deepFromHere?: true;
  /** Writing is its purpose, so whatever it names it may write. */
  writes?: true;
}

/** What no prefix covers of a program that nothing is known of. */
export const UNKNOWN_PROGRAM: Program = { unsafe: UNKNOWN_OPTIONS };

const ALIASES: Readonly<Record<string, string>> = {
  gawk: 'awk', mawk: 'awk', nawk: 'awk', gsed: 'sed', gmake: 'make', gtar: 'tar', bsdtar: 'tar', gfind: 'find', fdfind: 'fd', netcat: 'nc',
  rvim: 'vim', gvim: 'vim', vimdiff: 'vim', yarnpkg: 'yarn', batcat: 'bat', mariadb: 'mysql', nodejs: 'node',
};

/** By the word that starts a command: `/usr/bin/Python3.12` is `python`. */
export function findProgram(word: string): Program | undefined {
  const name = programName(word);
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
}

function programName(word: string): string {
  const base = word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1).toLowerCase().replace(/\.(exe|cmd|bat)$/, '');
  if (Object.hasOwn(PROGRAMS, base)) return base;
  const bare = base.replace(/^([a-z+]+)-?\d[\d.]*$/, '$1');
  return Object.hasOwn(ALIASES, bare) ? ALIASES[bare]! : bare;
}

/** Where the `count`-th operand after `start` stands; the end where there are fewer. */
export function operandIndex(program: Program, words: readonly string[], start: number, count = 1): number {
  const values = new Set(program.values?.split(' '));
  let left = count;
  let optionsEnded = false;
  for (let index = start; index < words.length; index++) {
    const word = words[index]!;
    if (!optionsEnded && word === '--') optionsEnded = true;
    else if (!optionsEnded && /^[-+]./.test(word)) { if (values.has(word)) index++; }
    else if (!(program.assignments && /^[A-Za-z_]\w*=/.test(word)) && --left === 0) return index;
  }
  return words.length;
}

/** Longer words are not held against a pattern, whose time may grow with their square: nobody covers them. */
const REFUSED_LENGTH = 1000;

/** Whether a word is one that no prefix covers. */
export function isRefused({ refuse }: Program, word: string): boolean {
  return refuse !== undefined && (word.length > REFUSED_LENGTH || refuse.test(word));
}

export function findSubcommand(program: Program, word: string | undefined): Program | undefined {
  return word !== undefined && program.subcommands !== undefined && Object.hasOwn(program.subcommands, word) ? program.subcommands[word] : undefined;
}

/** Whether a word is one of the listed options, alone, with its value, abbreviated, or in a cluster of short ones. */
export function isOption(listed: string | undefined, word: string, { singleDash, safe }: Pick<Program, 'singleDash' | 'safe'> = {}): boolean {
  if (listed === undefined || !/^-./.test(word) || safe?.test(word)) return false;
  const given = word.split('=', 1)[0]!;
  return listed.replaceAll('!', '').split(' ').some((option) => {
    if (singleDash) return option.replace(/^-+/, '') === given.replace(/^-+/, '');
    if (option.startsWith('--')) return option === given || (given.length >= 3 && option.startsWith(given));
    return !given.startsWith('--') && (word.startsWith(option) || (option.length === 2 && word.slice(1).includes(option[1]!)));
  });
}

/** Whether a command leaves every file that it names as it is, as far as that is known. */
export function leavesFiles(words: readonly string[]): boolean {
  const program = findProgram(words[0] ?? '');
  if (program?.reads === undefined) return false;
  if (words.slice(1).some((word) => isOption(program.unsafe, word, program))) return false;
  if (program.most !== undefined && operandIndex(program, words, 1, program.most + 1) < words.length) return false;
  if (program.reads === true) return true;
  const at = operandIndex(program, words, 1);
  return !words.slice(1, at).some((word) => isOption(program.before, word, program)) && program.reads.split(' ').includes(words[at] ?? '');
}

/** Whether it is known that a command starts nothing that its words name. */
export function startsNothing(words: readonly string[]): boolean {
  let program = findProgram(words[0] ?? '');
  if (program === undefined) return false;
  const unsafe = (from: number, listed: string | undefined, to = words.length): boolean => words.slice(from, to).some((word) => isOption(listed, word, program));
  for (let start = 1; ;) {
    const at = operandIndex(program, words, start);
    if (program.runs !== undefined || unsafe(start, program.unsafe) || unsafe(start, program.before, at)) return false;
    const inner: Program | undefined = findSubcommand(program, words[at]);
    if (inner === undefined) return true;
    program = inner;
    start = at + 1;
  }
}
