import { existsSync } from 'node:fs';
import { settingsChangedBy } from '../git/git-command.ts';
import { readReader } from '../looking/harmless.ts';
import { looseSegments, type Segment, WILD } from '../line/loose-command.ts';
import { placeOnce } from './once.ts';
import type { Place } from './place.ts';
import { findProgram, findSubcommand, leavesFiles, operandIndex, startsNothing } from '../programs/program.ts';
import type { Surroundings } from '../subject.ts';
import { expandPattern, isPattern, type PatternBudget } from '../line/wildcard.ts';

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

type Where = Pick<Surroundings, 'cwd' | 'home' | 'realRoots'>;

/** A command that names more paths than this is not judged to its end. */
const MENTION_LIMIT = 5000;
const FOLDER_LIMIT = 500;
/** No path is longer, and no file system has longer names. */
const PATH_LIMIT = 4096;
const NAME_LIMIT = 255;
const DEVICES = new Set(['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/stdin', '/dev/stdout', '/dev/stderr']);
const KEYWORDS = new Set('then do else elif if while until ! {'.split(' '));

/** The words of a simple command, with the text that any of them hands to another program. */
export function mentionsOfWords(words: readonly string[], at: Where): Mention[] {
  const start = programIndex(words);
  // Of a command that only looks it is known which of its words are paths.
  const read = readReader(withoutTextsCompared(words.slice(start)));
  if (read !== undefined) return findMentions([{ words: [...words.slice(0, start), 'cat', ...read.paths, ...read.scripts.filter((script) => isSeveral(script, at))], redirect: false, all: false }], at);
  const settings = settingsChangedBy(words.slice(start));
  const code = startsNothing(words.slice(start)) ? [] : words.filter((word) => /[^\w@%+=:,./-]/.test(word)).flatMap((word) => looseSegments(word, { quotes: false }));
  return findMentions([{ words, redirect: false, all: false }, ...(settings === undefined ? [] : [{ words: [settings], redirect: true, all: true }]), ...code.map((segment) => ({ ...segment, all: true }))], at);
}

/** Of `test`, without what is compared as a text and leads nowhere: `-n X`, `X = Y`. */
function withoutTextsCompared(words: readonly string[]): readonly string[] {
  if (words[0] !== 'test' && words[0] !== '[') return words;
  const isCompared = (word: string | undefined): boolean => word === '=' || word === '==' || word === '!=';
  return words.filter((_, index) => index === 0 || !(/^-[nz]$/.test(words[index - 1]!) || isCompared(words[index - 1]) || isCompared(words[index + 1])));
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
    const named = changes || program?.text !== true ? withoutTexts(words, start, all) : [];
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

/** The words behind the program, or all, without what it is told to write down as it stands. */
function withoutTexts(words: readonly string[], start: number, all: boolean): readonly string[] {
  const program = findProgram(words[start] ?? '');
  const texts = program === undefined ? undefined : findSubcommand(program, words[operandIndex(program, words.slice(start), 1) + start])?.texts?.split(' ');
  const own = words.slice(start + (all ? 0 : 1));
  if (texts === undefined) return own;
  const isText = (word: string): boolean => texts.some((option) => (option.startsWith('--') ? word === option : /^-[A-Za-z]+$/.test(word) && word.endsWith(option[1]!)));
  return own.filter((word, index) => !isText(own[index - 1] ?? '') && !texts.some((option) => option.startsWith('--') && word.startsWith(`${option}=`)));
}

function toMentions(spelled: string, changes: boolean, at: Where, budget: PatternBudget): Mention[] {
  // `~name` is the home folder of somebody, `~-` the folder before.
  const paths = spelled.startsWith('~') ? undefined : expandPattern(spelled, at.cwd, budget);
  if (paths === undefined) return [{ spelled, place: undefined, changes }];
  // The pattern itself, too: what it stands for may be there only when the command runs.
  return [...new Set(isPattern(spelled) ? [...paths, spelled] : paths)].map((path) => ({ spelled: path, place: placeOnce(path, at), changes }));
}

/** A word as a path: itself, the value of an option, the parts of a list, what stands around an expansion. */
function spellings(word: string): string[] {
  if (word.length > PATH_LIMIT) return [];
  const local = word.replace(/\bfile:\/\/[^/\uffff]*/gi, '').replace(/\b[a-z][a-z0-9+.-]*:\/\/\S*/gi, '');
  // A whole address is no path, unless it climbs.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(word) && !word.includes('..') ? [] : [word];
  const parts = [...whole, ...behindOptions(local), local.replace(/^.*@/s, ''), ...local.split(/[:;,=[\]]/)];
  if (local !== word && local.includes('%')) parts.push(decodePercent(local));
  return [...new Set(parts.flatMap(withoutWild))].filter((part) => part !== '' && !part.startsWith('-'));
}

/** What may be the value of `-f` in `-fpath`, and in `-xvfpath`. */
function behindOptions(word: string): string[] {
  const letters = /^-([A-Za-z]{1,8})/.exec(word)?.[1] ?? '';
  return Array.from(letters, (_, index) => word.slice(index + 2)).filter((rest, index) => index === 0 || /[./~]/.test(rest));
}

function decodePercent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** What an expansion puts in is not known: what stands in front of it counts, and what stands behind it as if a path began there. */
function withoutWild(part: string): string[] {
  const [front, ...behind] = part.split(WILD);
  return [front!, ...behind.map((rest) => rest.replace(/^\/+/, ''))];
}

/** `/^foo/d` is a script of sed, `//host` a part of an address: a word that begins with a slash is a path where something on disk begins so. */
function isPath(spelled: string, written: boolean): boolean {
  if (DEVICES.has(spelled) || (spelled.length > NAME_LIMIT && spelled.split('/').some((name) => name.length > NAME_LIMIT))) return false;
  if (!spelled.startsWith('/') || written) return true;
  return existsSync(`/${spelled.split('/', 2)[1]!}`);
}
