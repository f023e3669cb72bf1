import { existsSync } from 'node:fs';
import { readReader } from './harmless.ts';
import { looseSegments, type Segment, WILD } from './loose-command.ts';
import { findPlace, type Place } from './place.ts';
import { findProgram, leavesFiles, startsNothing } from './program.ts';
import { expandPattern, isPattern, type PatternBudget } from './wildcard.ts';

/** A path that a command names, in any spelling. */
export interface Mention {
  spelled: string;
  /** Nothing where it cannot be told where the path leads. */
  place: Place | undefined;
  /** The program that gets it may change it. */
  changes: boolean;
  /** The program writes into a folder of that name, or takes it with all that is in it. */
  below?: true;
}

/** Words that may name paths. The first is a program, which is run and not changed, unless `all` of them count. */
interface Group extends Segment { all: boolean }

interface Where { cwd: string; home: string }

/** A command that names more paths than this is not judged to its end. */
const MENTION_LIMIT = 5000;
const FOLDER_LIMIT = 500;
/** No path is longer. */
const PATH_LIMIT = 4096;
const DEVICES = new Set(['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/stdin', '/dev/stdout', '/dev/stderr']);
const KEYWORDS = new Set('then do else elif if while until ! {'.split(' '));

/** The words of a simple command, with the text that any of them hands to another program. */
export function mentionsOfWords(words: readonly string[], at: Where): Mention[] {
  const start = programIndex(words);
  // Of a command that only looks it is known which of its words are paths.
  const read = readReader(words.slice(start));
  if (read !== undefined) return findMentions([{ words: [...words.slice(0, start), 'cat', ...read.paths, ...read.scripts.filter((script) => isSeveral(script, at))], redirect: false, all: false }], at);
  const code = startsNothing(words.slice(start)) ? [] : words.filter((word) => /[^\w@%+=:,./-]/.test(word)).flatMap((word) => looseSegments(word, { quotes: false }));
  return findMentions([{ words, redirect: false, all: false }, ...code.map((segment) => ({ ...segment, all: true }))], at);
}

/** Where the shell makes several words of a pattern, only the first of them is what its reader takes for one. */
function isSeveral(script: string, { cwd }: Where): boolean {
  return isPattern(script) && (expandPattern(script, cwd, { folders: FOLDER_LIMIT, names: MENTION_LIMIT })?.length ?? 2) > 1;
}

/** Any text, split generously. */
export function mentionsOfText(text: string, at: Where): Mention[] {
  const commands = looseSegments(text, { quotes: true });
  const programs = new Set(commands.filter(({ redirect }) => !redirect).map(({ words }) => words[programIndex(words)]));
  const code = looseSegments(text, { quotes: false });
  return findMentions([
    ...commands.map((segment) => ({ ...segment, all: segment.redirect })),
    ...code.map((segment) => ({ ...segment, all: segment.redirect || !programs.has(segment.words[programIndex(segment.words)]) })),
  ], at);
}

/** Where the program stands, behind assignments and words of the shell's own. */
export function programIndex(words: readonly string[]): number {
  const index = words.findIndex((word) => !KEYWORDS.has(word) && !/^[A-Za-z_]\w*\+?=/.test(word));
  return index === -1 ? words.length : index;
}

function findMentions(groups: readonly Group[], at: Where): Mention[] {
  const found = new Map<string, Mention>();
  const budget: PatternBudget = { folders: FOLDER_LIMIT, names: MENTION_LIMIT };
  for (const { words, redirect, all } of groups) {
    const start = redirect ? 0 : programIndex(words);
    const program = findProgram(words[start] ?? '');
    const changes = redirect || !leavesFiles(words.slice(start));
    // What is assigned may be used by whatever follows.
    const named = changes || program?.text !== true ? words.slice(start + (all ? 0 : 1)) : [];
    for (const path of [...words.slice(0, start), ...named].flatMap(spellings)) {
      const spelled = path === '~' || path.startsWith('~/') ? at.home + path.slice(1) : path;
      if (!isPath(spelled, redirect || program?.writes === true)) continue;
      const known = found.get(spelled);
      if (known !== undefined) known.changes ||= changes;
      else if (found.size >= MENTION_LIMIT) return [...found.values(), { spelled: 'more than can be judged', place: undefined, changes }];
      else for (const mention of toMentions(spelled, changes, at, budget)) found.set(mention.spelled, changes && program?.writes ? { ...mention, below: true } : mention);
    }
  }
  return [...found.values()];
}

function toMentions(spelled: string, changes: boolean, { cwd }: Where, budget: PatternBudget): Mention[] {
  // `~name` is the home folder of somebody, `~-` the folder before.
  const paths = spelled.startsWith('~') ? undefined : expandPattern(spelled, cwd, budget);
  if (paths === undefined) return [{ spelled, place: undefined, changes }];
  return paths.map((path) => ({ spelled: path, place: findPlace(path, cwd), changes }));
}

/** A word as a path: itself, the value of an option, the parts of a list, what stands around an expansion. */
function spellings(word: string): string[] {
  if (word.length > PATH_LIMIT) return [];
  const local = word.replace(/\bfile:\/\//gi, '').replace(/\b[a-z][a-z0-9+.-]*:\/\/\S*/gi, '');
  // A whole address is no path, unless it climbs.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(word) && !word.includes('..') ? [] : [word];
  const parts = [...whole, local.replace(/^-[A-Za-z]/, ''), local.replace(/^.*@/s, ''), ...local.split(/[:,=[\]]/)];
  return [...new Set(parts.flatMap(withoutWild))].filter((part) => part !== '' && !part.startsWith('-'));
}

/** What an expansion puts in is not known: what stands in front of it counts, and what stands behind it as if a path began there. */
function withoutWild(part: string): string[] {
  const [front, ...behind] = part.split(WILD);
  return [front!, ...behind.map((rest) => rest.replace(/^\/+/, ''))];
}

/** `/^foo/d` is a script of sed, `//host` a part of an address: a word that begins with a slash is a path where something on disk begins so. */
function isPath(spelled: string, written: boolean): boolean {
  if (DEVICES.has(spelled)) return false;
  if (!spelled.startsWith('/') || written) return true;
  return existsSync(`/${spelled.split('/', 2)[1]!}`);
}
