import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
/** A larger .gitignore is passed over. */
const MAX_RULES_BYTES = 1024 * 1024;

interface Rules { folder: string; matcher: Ignore }

/**
 * What .gitignore files leave out: those of the repository from its top down; without a repository those of the searched folder
 * and below. A folder that is left out but asked for by name is searched: then only rules in it and below it count.
 */
export class IgnoreRules {
  readonly #top: string;
  readonly #known = new Map<string, readonly Rules[]>();

  constructor(folder: string) {
    this.#top = findRepository(folder) ?? folder;
  }

  /** Whether a rule names this very path; of the folders above it nothing is said. */
  leavesOut(path: string, isFolder: boolean): boolean {
    return isLeftOut(this.#rulesIn(dirname(path)), path, isFolder);
  }

  /** Whether a rule names this file, or a folder between it and the searched one. */
  hides(path: string, searched: string): boolean {
    for (let folder = dirname(path); folder.length > searched.length; folder = dirname(folder)) if (this.leavesOut(folder, true)) return true;
    return this.leavesOut(path, false);
  }

  /** The rules that hold for what is in a folder, the outermost first. */
  #rulesIn(folder: string): readonly Rules[] {
    let rules = this.#known.get(folder);
    if (rules === undefined) {
      const isTop = folder === this.#top || dirname(folder) === folder || isRepository(folder);
      const outer = isTop ? [] : this.#rulesIn(dirname(folder));
      const own = readRules(folder);
      rules = [...(isLeftOut(outer, folder, true) ? [] : outer), ...(own === undefined ? [] : [own])];
      this.#known.set(folder, rules);
    }
    return rules;
  }
}

/** The top of the repository that a folder is in. */
export function findRepository(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (isRepository(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** In a linked work tree `.git` is a file. */
function isRepository(folder: string): boolean {
  try {
    lstatSync(join(folder, '.git'));
    return true;
  } catch {
    return false; // There is none, or the folder may not be looked into.
  }
}

/** The innermost file that says anything decides. */
function isLeftOut(rules: readonly Rules[], path: string, isFolder: boolean): boolean {
  for (const { folder, matcher } of rules.toReversed()) {
    const { ignored, unignored } = matcher.test(toRelative(folder, path) + (isFolder ? '/' : ''));
    if (ignored || unignored) return ignored;
  }
  return false;
}

export function toRelative(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/');
}

/** @param rules the text of a file, or lines of one */
export function createMatcher(rules: string | readonly string[]): Ignore {
  return ignore({ ignoreCase: process.platform === 'win32' || process.platform === 'darwin', allowRelativePaths: true }).add(rules);
}

/** Rules can be a link, a pipe, or a device without an end: anybody may have put them there. git follows no link, either. */
export function isPlainRules(stats: Stats | undefined): boolean {
  return stats === undefined || (stats.isFile() && stats.size <= MAX_RULES_BYTES);
}

export function lookAtRules(folder: string): Stats | undefined {
  try {
    return lstatSync(join(folder, '.gitignore'), { throwIfNoEntry: false });
  } catch {
    return undefined; // The folder may not be looked into.
  }
}

function readRules(folder: string): Rules | undefined {
  let file: number | undefined;
  try {
    const found = lookAtRules(folder);
    if (found === undefined || !isPlainRules(found)) return undefined;
    file = openSync(join(folder, '.gitignore'), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (!isPlainRules(fstatSync(file))) return undefined;
    const bytes = Buffer.alloc(fstatSync(file).size);
    return { folder, matcher: createMatcher(bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0))) };
  } catch {
    return undefined; // It cannot be read; git passes over it, too.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
