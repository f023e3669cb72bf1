import { dirname, join, relative, sep } from 'node:path';
import type { Dirent, Stats } from 'node:fs';
import ignore, { type Ignore } from 'ignore';
import { lookAt } from './opened.ts';
import { readAt } from './read-plain.ts';
import { isRefusal } from './refusal.ts';

/** A larger file of rules is passed over. */
const MAX_RULES_BYTES = 1024 * 1024;
/** Of one file; the others are passed over. */
const MAX_LINES = 10_000;
/** The library makes a regular expression of each: one that is too long throws, and one with many stars does not end. */
const MAX_LINE_LENGTH = 1000;
const MAX_STARS = 4;
const MAX_STARS_IN_NAME = 3;
const ANY_CASE = process.platform === 'win32' || process.platform === 'darwin';

/** The names of files of rules: git's own, and those of search tools, which come first where they say anything. */
export const GIT_RULES = ['.gitignore'] as const;
export const RULES = ['.gitignore', '.ignore'] as const;

interface Rules { folder: string; matcher: Ignore }
/** The rules of one name that hold in a folder, the outermost first. */
type Chain = readonly Rules[];

/**
 * What .gitignore files leave out: those of the repository from its top down; without a repository those of the folder that is
 * looked into and below. A folder that is left out but asked for by name is looked into: then only rules in it and below it count.
 */
export class IgnoreRules {
  readonly #top: string;
  readonly #names: readonly string[];
  readonly #known = new Map<string, readonly Chain[]>();

  /** @param folder links resolved */
  constructor(folder: string, names: readonly string[] = GIT_RULES) {
    this.#top = findRepository(folder) ?? folder;
    this.#names = names;
  }

  /** Whether a rule names this very path; of the folders above it nothing is said. */
  leavesOut(path: string, isFolder: boolean): boolean {
    return isLeftOut(this.#chainsIn(dirname(path)), path, isFolder);
  }

  /** Whether a rule names this file, or a folder between it and the one that is looked into. */
  hides(path: string, lookedInto: string): boolean {
    for (let folder = dirname(path); folder.length > lookedInto.length; folder = dirname(folder)) if (this.leavesOut(folder, true)) return true;
    return this.leavesOut(path, false);
  }

  /** Says what is in a folder, which spares the look for rules where there are none. */
  enter(folder: string, entries: readonly Dirent[]): void {
    this.#chainsIn(folder, (name) => entries.some((entry) => entry.name === name));
  }

  #chainsIn(folder: string, has = (name: string): boolean => lookAt(join(folder, name)) !== undefined): readonly Chain[] {
    let chains = this.#known.get(folder);
    if (chains === undefined) {
      const isTop = folder === this.#top || dirname(folder) === folder || has('.git');
      const outer = isTop ? [] : this.#chainsIn(dirname(folder));
      const kept = isLeftOut(outer, folder, true) ? [] : outer;
      chains = this.#names.map((name, index) => [...(kept[index] ?? []), ...(has(name) ? readRules(folder, name) : [])]);
      this.#known.set(folder, chains);
    }
    return chains;
  }
}

/** The top of the repository that a folder is in. In a linked work tree `.git` is a file. */
export function findRepository(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (lookAt(join(at, '.git')) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** The last name, and for it the innermost file, that says anything decides. */
function isLeftOut(chains: readonly Chain[], path: string, isFolder: boolean): boolean {
  for (let name = chains.length - 1; name >= 0; name--) {
    const chain = chains[name]!;
    for (let index = chain.length - 1; index >= 0; index--) {
      const { folder, matcher } = chain[index]!;
      const { ignored, unignored } = matcher.test(toSlashes(relative(folder, path)) + (isFolder ? '/' : ''));
      if (ignored || unignored) return ignored;
    }
  }
  return false;
}

export function toSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** @param rules the text of a file, or lines of one */
export function createMatcher(rules: string | readonly string[]): Ignore {
  return ignore({ ignoreCase: ANY_CASE, allowRelativePaths: true }).add(rules);
}

/** Rules can be a link, a pipe, or a device without an end: anybody may have put them there. git follows no link, either. */
export function isPlainRules(stats: Stats | undefined): boolean {
  return stats === undefined || (stats.isFile() && stats.size <= MAX_RULES_BYTES);
}

/** What cannot be read is passed over, as git does. */
function readRules(folder: string, name: string): Rules[] {
  const read = readAt(join(folder, name), { limitBytes: MAX_RULES_BYTES });
  if (isRefusal(read)) return [];
  const lines = read.bytes.toString('utf8').replace(/^\ufeff/, '').split(/\r?\n/, MAX_LINES);
  return [{ folder, matcher: createMatcher(lines.filter(isBounded)) }];
}

/** Whether it can be matched in little time, whatever the path is. Such as no person writes are passed over: then a file is seen that might be left out. */
function isBounded(line: string): boolean {
  const starsOf = (text: string): number => text.match(/\*+/g)?.length ?? 0;
  return line.length <= MAX_LINE_LENGTH && starsOf(line) <= MAX_STARS && line.split('/').every((name) => starsOf(name) <= MAX_STARS_IN_NAME);
}
