import { dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { lookAt, readPlain } from './held.ts';

/** A larger .gitignore is passed over, and so is one that is no plain file, as git does. */
const MAX_RULES_BYTES = 1024 * 1024;
const ANY_CASE = process.platform === 'win32' || process.platform === 'darwin';

interface Rules { folder: string; matcher: Ignore }

/** What .gitignore files leave out: those from the top of the repository down; without a repository those of the folder and below. */
export class IgnoreRules {
  readonly #top: string;
  readonly #known = new Map<string, readonly Rules[]>();

  constructor(folder: string) {
    this.#top = findRepository(folder) ?? folder;
  }

  /** Whether a rule names what is called `name` in a folder; of the folders above it nothing is said. */
  leavesOut(folder: string, name: string, isFolder: boolean): boolean {
    const rules = this.#rulesIn(folder);
    // The innermost file that says anything decides.
    for (let index = rules.length - 1; index >= 0; index--) {
      const { folder: top, matcher } = rules[index]!;
      const { ignored, unignored } = matcher.test(toSlashes(relative(top, join(folder, name))) + (isFolder ? '/' : ''));
      if (ignored || unignored) return ignored;
    }
    return false;
  }

  #rulesIn(folder: string): readonly Rules[] {
    let rules = this.#known.get(folder);
    if (rules === undefined) {
      const outer = folder === this.#top || dirname(folder) === folder ? [] : this.#rulesIn(dirname(folder));
      const own = readRules(folder);
      this.#known.set(folder, rules = own === undefined ? outer : [...outer, own]);
    }
    return rules;
  }
}

export function toSlashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** In a linked work tree `.git` is a file. */
function findRepository(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (lookAt(join(at, '.git')) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

function readRules(folder: string): Rules | undefined {
  const read = readPlain(join(folder, '.gitignore'), MAX_RULES_BYTES);
  if (read === undefined) return undefined;
  return { folder, matcher: ignore({ ignoreCase: ANY_CASE, allowRelativePaths: true }).add(read.bytes.toString('utf8')) };
}
