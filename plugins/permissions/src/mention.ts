import { existsSync } from 'node:fs';
import { looseSegments, WILD } from './loose-command.ts';
import { findPlace, type Place } from './place.ts';
import { findProgram, leavesFiles, startsNothing } from './program.ts';
import { expandPattern } from './wildcard.ts';

/** A path that a command names, in any spelling. */
export interface Mention {
  spelled: string;
  /** Nothing where it cannot be told where the path leads. */
  place: Place | undefined;
  /** The program that gets it may change it. */
  changes: boolean;
}

/** A command that names more than this is not judged to its end. */
export const MENTION_LIMIT = 5000;
/** No path is longer. */
const PATH_LIMIT = 4096;
const DEVICES = new Set(['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/stdin', '/dev/stdout', '/dev/stderr']);
const KEYWORDS = new Set('then do else elif if while until time ! {'.split(' '));

/** Words that may name paths; the first is a program, unless `all` of them count. */
interface Group { words: readonly string[]; redirect: boolean; all: boolean }

/** The words of a simple command, with the text that any of them hands to another program. */
export function mentionsOfWords(words: readonly string[], at: { cwd: string; home: string }): Mention[] {
  const code = startsNothing(words) ? [] : words.filter((word) => /[^\w@%+=:,./-]/.test(word)).flatMap((word) => looseSegments(word, { quotes: false }));
  return toMentions([{ words, redirect: false, all: false }, ...code.map((segment) => ({ ...segment, all: true }))], at);
}

/** Any text, split generously. */
export function mentionsOfText(text: string, at: { cwd: string; home: string }): Mention[] {
  const commands = looseSegments(text, { quotes: true });
  const programs = new Set(commands.filter(({ redirect }) => !redirect).map(({ words }) => words[programIndex(words)]));
  const code = looseSegments(text, { quotes: false });
  return toMentions([
    ...commands.map((segment) => ({ ...segment, all: segment.redirect })),
    ...code.map((segment) => ({ ...segment, all: segment.redirect || !programs.has(segment.words[programIndex(segment.words)]) })),
  ], at);
}

function toMentions(groups: readonly Group[], at: { cwd: string; home: string }): Mention[] {
  const found = new Map<string, Mention>();
  for (const { words, redirect, all } of groups) {
    const command = words.slice(redirect ? 0 : programIndex(words));
    const changes = redirect || !leavesFiles(command);
    const program = findProgram(command[0] ?? '');
    if (!changes && program?.text) continue;
    // The program itself is run, not changed.
    for (const word of all ? command : command.slice(1)) {
      for (const spelled of spellings(word).flatMap((path) => expandPattern(expandHome(path, at.home), at.cwd))) {
        const known = found.get(spelled);
        if (known !== undefined) known.changes ||= changes;
        else if (found.size < MENTION_LIMIT && isPath(spelled, program?.writes || redirect)) found.set(spelled, { spelled, place: findPlace(spelled, at.cwd), changes });
      }
    }
  }
  if (found.size >= MENTION_LIMIT) found.set('', { spelled: 'more than can be judged', place: undefined, changes: true });
  return [...found.values()];
}

/** Where the program stands, behind assignments and words of the shell's own. */
export function programIndex(words: readonly string[]): number {
  const index = words.findIndex((word) => !KEYWORDS.has(word) && !/^[A-Za-z_]\w*\+?=/.test(word));
  return index === -1 ? words.length : index;
}

/** A word as a path: itself, the value of an option, the parts of a list, what stands around an expansion. */
function spellings(word: string): string[] {
  if (word.length > PATH_LIMIT) return [];
  const local = word.replace(/\bfile:\/\//gi, '').replace(/\b[a-z][a-z0-9+.-]*:\/\/\S*/gi, '');
  // A whole address is no path, unless it climbs.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(word) && !word.includes('..') ? [] : [word];
  const parts = [...whole, local.replace(/^-[A-Za-z]/, ''), local.replace(/^.*@/s, ''), ...local.split(/[:,=]/)];
  return [...new Set(parts.flatMap(withoutWild))].filter((part) => part !== '' && !part.startsWith('-'));
}

/** What an expansion puts in is not known: what stands in front of it counts, and what stands behind it as if a path began there. */
function withoutWild(part: string): string[] {
  const [front, ...behind] = part.split(WILD);
  return [front!, ...behind.map((rest) => rest.replace(/^\/+/, ''))];
}

function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}

/** `/^foo/d` is a script of sed, `//host` a part of an address: a word that begins with a slash is a path where something on disk begins so. */
function isPath(spelled: string, written: boolean | undefined): boolean {
  if (DEVICES.has(spelled)) return false;
  if (!spelled.startsWith('/') || written) return true;
  return existsSync(`/${spelled.split('/', 2)[1]!}`);
}
