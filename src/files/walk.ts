import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { type HeldFolder, inFolder } from './held-folder.ts';
import { IgnoreRules, RULES } from './ignore-rules.ts';

/** How long the walk may keep everything else in this process waiting. */
const MAX_BUSY_MS = 15;

export interface WalkOptions {
  signal: AbortSignal;
  /** Names of files of rules; `.gitignore` and `.ignore` where none are given. */
  ruleFiles?: readonly string[];
  /** Folders of these names are passed over, as `.git` always is. Default: `node_modules`. */
  passOver?: readonly string[];
  /** Which files are looked at, too, for their size and times. */
  wantsStats?: (path: string) => boolean;
  maxFiles?: number;
  /** Names that are looked at at all. */
  maxNames?: number;
  maxDepth?: number;
  /** With the time that is spent on each file as it is found. */
  limitMs?: number;
}

export interface WalkedFile {
  /** Relative to the root, with `/`. */
  path: string;
  /** Where they were wanted, and the file is still there. */
  stats?: Stats;
}

interface Folder { path: string; prefix: string; depth: number }
interface Listing { entries: Dirent[]; stats: Map<string, Stats> }

/**
 * The plain files below a folder, without what rules leave out, `.git`, and what is passed over: level by level, by name. No link is
 * followed, and each folder is proved to be where its path says. git itself is not run: a repository's own settings can make it
 * start programs.
 */
export class Walk implements AsyncIterable<WalkedFile> {
  readonly #root: HeldFolder;
  readonly #options: Required<WalkOptions>;
  /** False once a limit was reached: there is more than was found. */
  complete = true;
  /** Folders that could not be looked into; the root is one where it is no folder, or a link. */
  unreadable = 0;

  /** @param root links resolved; or a folder that is held open */
  constructor(root: string | HeldFolder, options: WalkOptions) {
    this.#root = typeof root === 'string' ? { path: root, anchor: root } : root;
    this.#options = { ruleFiles: RULES, passOver: ['node_modules'], wantsStats: () => false, maxFiles: 20_000, maxNames: 200_000, maxDepth: 40, limitMs: 8000, ...options };
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WalkedFile> {
    const { signal, maxFiles, maxNames, maxDepth, limitMs, ruleFiles, passOver } = this.#options;
    const rules = new IgnoreRules(this.#root.path, ruleFiles);
    const endMs = performance.now() + limitMs;
    let pauseMs = performance.now() + MAX_BUSY_MS;
    let names = 0;
    let files = 0;
    // It grows while it is gone through.
    const folders: Folder[] = [{ path: this.#root.path, prefix: '', depth: 0 }];
    for (const { path, prefix, depth } of folders) {
      signal.throwIfAborted();
      if (performance.now() > pauseMs) {
        await letOthersRun();
        pauseMs = performance.now() + MAX_BUSY_MS;
      }
      const listing = this.#list(path, prefix);
      if (listing === undefined) {
        this.unreadable++;
        continue;
      }
      rules.enter(path, listing.entries);
      const start = path.endsWith(sep) ? path : path + sep;
      for (const entry of listing.entries) {
        if (++names > maxNames || performance.now() > endMs) return void (this.complete = false);
        const { name } = entry;
        const isFolder = entry.isDirectory();
        if ((!isFolder && !entry.isFile()) || name === '.git' || (isFolder && passOver.includes(name)) || rules.leavesOut(start + name, isFolder)) continue;
        if (isFolder && depth >= maxDepth) this.complete = false;
        else if (isFolder) folders.push({ path: start + name, prefix: `${prefix}${name}/`, depth: depth + 1 });
        else if (++files > maxFiles) return void (this.complete = false);
        else yield toWalked(prefix + name, listing.stats.get(name));
      }
    }
  }

  /** One opening of the folder serves all. */
  #list(path: string, prefix: string): Listing | undefined {
    return inFolder(this.#root, path, (place) => {
      const entries = readdirSync(place, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
      const stats = new Map<string, Stats>();
      for (const entry of entries) {
        if (!entry.isFile() || !this.#options.wantsStats(prefix + entry.name)) continue;
        const found = lstatSync(`${place}${sep}${entry.name}`, { throwIfNoEntry: false });
        if (found?.isFile()) stats.set(entry.name, found);
      }
      return { entries, stats };
    });
  }
}

function toWalked(path: string, stats: Stats | undefined): WalkedFile {
  return stats === undefined ? { path } : { path, stats };
}
