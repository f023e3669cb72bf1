import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findPlace, findRoot, isWithin } from './place.ts';
import type { Surroundings } from './subject.ts';
import { unwrap } from './wrapper.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command that only looks, with the options that it may be given. */
interface Reader {
  options?: RegExp;
  /** What else it may be given: paths within the roots, any words, or words of one form. */
  operands: 'paths' | 'words' | RegExp;
  /** The shell has it built in, so no program of that name is started. */
  builtin?: true;
}

const NOTHING = /^(?!)/;

/**
 * Commands that need no rule, option by option: none of these options runs, writes or follows links out of a folder. git is
 * not here: what a repository's own settings name would be run by `git status`.
 */
const READERS: Readonly<Record<string, Reader>> = {
  ls: { operands: 'paths', options: /^(-[aAlhF1rtSRdpsiXvnoGgcuk]+|--(all|almost-all|human-readable|recursive|reverse|directory|size|color=never|group-directories-first))$/ },
  cat: { operands: 'paths', options: /^(-[AbeEnstTuv]+|--(number|number-nonblank|show-all|show-ends|show-tabs|squeeze-blank))$/ },
  head: { operands: 'paths', options: /^(-[qvz]+|-[nc]?[-+]?\d+[bkKmM]?|-[nc]|--(lines|bytes)=[-+]?\d+[bkKmM]?|--quiet|--verbose)$/ },
  tail: { operands: 'paths', options: /^(-[qvz]+|-[nc]?[-+]?\d+[bkKmM]?|-[nc]|--(lines|bytes)=[-+]?\d+[bkKmM]?|--quiet|--verbose)$/ },
  wc: { operands: 'paths', options: /^(-[clmLw]+|--(bytes|chars|lines|words|max-line-length))$/ },
  nl: { operands: 'paths', options: /^-[a-z]+$/ },
  stat: { operands: 'paths', options: /^(-[tf]|-c|--terse|--(format|printf)=.*)$/s },
  du: { operands: 'paths', options: /^(-[abchkmsSx]+|-d\d*|--(summarize|human-readable|all|total|max-depth=\d+))$/ },
  md5sum: { operands: 'paths', options: /^-[bt]$/ },
  sha256sum: { operands: 'paths', options: /^-[bt]$/ },
  grep: { operands: 'paths', options: /^(-[EFGPabchiLlnoqrsvwxHTUZz]+|-[ABCm]\d*|-e.*|--(basic|extended|fixed|perl)-(regexp|strings)|--(ignore-case|line-number|recursive|word-regexp|line-regexp|count|invert-match|only-matching|quiet|no-messages|with-filename|no-filename|files-with-matches|files-without-match|color=never)|--(include|exclude|exclude-dir|context|after-context|before-context|max-count|regexp)=.*)$/s },
  rg: { operands: 'paths', options: /^(-[sSiFPwxvlcnNHIhoUpu0]+|-[ABCmgtTejM].*|--(files|hidden|no-ignore|ignore-case|smart-case|fixed-strings|word-regexp|line-number|no-line-number|no-heading|heading|count|count-matches|files-with-matches|files-without-match|only-matching|multiline|json|stats|trim|vimgrep|column|color=never|no-messages|no-config|type-list)|--(glob|iglob|type|type-not|context|after-context|before-context|max-count|max-depth|max-columns|regexp|sort)=.*)$/s },
  pwd: { operands: NOTHING, options: /^-[LP]$/, builtin: true },
  echo: { operands: 'words', options: /^-[neE]+$/, builtin: true },
  printf: { operands: 'words', builtin: true },
  true: { operands: 'words', builtin: true },
  false: { operands: 'words', builtin: true },
  which: { operands: 'words', options: /^-a$/ },
  basename: { operands: 'words' },
  dirname: { operands: 'words' },
  date: { operands: /^\+/, options: /^(-u|-I(date|hours|minutes|seconds|ns)?|-R|--utc|--iso-8601(=\w+)?|--rfc-3339=\w+)$/ },
  uname: { operands: NOTHING, options: /^-[asnrvmpio]+$/ },
  whoami: { operands: NOTHING },
  id: { operands: NOTHING, options: /^-[ugnGr]+$/ },
  nproc: { operands: NOTHING },
};

/**
 * Whether a command, in its words as the program gets them, needs no rule: one that only looks, at what lies within the
 * roots. An option that is not known is no option of such a command. What is assigned in front of it is not looked at here.
 * @param env in which it will run
 */
export function isHarmless(words: readonly string[], at: Surroundings, env: Environment): boolean {
  const own = unwrap(words);
  const [program = '', ...given] = own;
  const reader = Object.hasOwn(READERS, program) ? READERS[program] : undefined;
  if (reader === undefined) return false;
  let optionsEnded = false;
  for (const word of given) {
    if (word === '--' && !optionsEnded && reader.operands === 'paths') optionsEnded = true;
    else if (!optionsEnded && /^-./.test(word) && reader.operands !== 'words') { if (!reader.options?.test(word)) return false; }
    else if (!optionsEnded && reader.options?.test(word)) continue;
    else if (!isOperand(word, reader, at)) return false;
  }
  const started = [...words.slice(0, words.length - own.length).filter((word) => word === 'timeout' || word === 'nice'), ...(reader.builtin ? [] : [program])];
  return started.every((name) => !isWithinRoots(name, at, env['PATH'] ?? ''));
}

function isOperand(word: string, { operands }: Reader, at: Surroundings): boolean {
  if (operands === 'words') return true;
  if (operands instanceof RegExp) return operands.test(word);
  const place = findPlace(word, at.cwd);
  return place !== undefined && findRoot(place, at.realRoots) !== undefined;
}

/** Whether the shell would find the program in the project itself, where anybody may have put it: `node_modules/.bin` often is on the path. */
function isWithinRoots(program: string, at: Surroundings, searchPath: string): boolean {
  for (const folder of searchPath.split(delimiter)) {
    const place = findPlace(join(folder || '.', program), at.cwd);
    if (place === undefined) return true;
    if (!isExecutable(place.spelled)) continue;
    return at.roots.some((root) => isWithin(place.spelled, root)) || findRoot(place, at.realRoots) !== undefined;
  }
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not to be run: the shell looks further.
  }
}
