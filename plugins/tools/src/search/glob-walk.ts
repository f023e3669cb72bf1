import type { Dirent, lstatSync, readdirSync, Stats } from 'node:fs';
import { join, normalize } from 'node:path';
import { IgnoreRules, isWithin, lookIn, readFolder } from '@pith/files';
import fastGlob from 'fast-glob';
import { type GlobFound, type GlobJob, MAX_PATHS } from './job.ts';

/** Names that are looked at before the walk ends. */
const MAX_NAMES = 500_000;

/**
 * Walks with fast-glob through a file system of our own: it shows only what is in the held folder, follows no link, leaves out
 * what .gitignore says and `.git` itself, and comes to an end.
 */
export function walk({ folder, pattern, hidden, folders, limitMs }: GlobJob): GlobFound {
  const view = new FolderView(folder, performance.now() + limitMs);
  const found = fastGlob.sync(pattern, {
    cwd: folder.path, dot: hidden, onlyFiles: false, onlyDirectories: folders, markDirectories: true, followSymbolicLinks: false,
    fs: { readdirSync: view.readdirSync as unknown as typeof readdirSync, lstatSync: view.lstatSync as unknown as typeof lstatSync, statSync: view.lstatSync as unknown as typeof lstatSync },
  });
  const paths = folders ? found.map((path) => path.slice(0, -1)) : found.filter((path) => !path.endsWith('/'));
  const sorted = paths.filter((path) => isWithin(join(folder.path, path), folder.path)).map(toSortKey).sort().map(fromSortKey);
  return { paths: sorted.slice(0, MAX_PATHS), total: sorted.length, complete: !view.isCut, unreadable: view.unreadable };
}

class FolderView {
  readonly #folder: GlobJob['folder'];
  readonly #endMs: number;
  readonly #rules: IgnoreRules;
  #names = 0;
  isCut = false;
  unreadable = 0;

  constructor(folder: GlobJob['folder'], endMs: number) {
    this.#folder = folder;
    this.#endMs = endMs;
    this.#rules = new IgnoreRules(folder.path);
  }

  readonly readdirSync = (given: string): Dirent[] => {
    const path = toPath(given);
    if (this.#names > MAX_NAMES || performance.now() > this.#endMs) {
      this.isCut = true;
      return [];
    }
    const entries = readFolder(this.#folder, path);
    if (entries === undefined && isWithin(path, this.#folder.path) && lookIn(this.#folder, path)?.isDirectory()) this.unreadable++;
    this.#names += entries?.length ?? 0;
    return (entries ?? []).filter((entry) => entry.name !== '.git' && !this.#rules.leavesOut(join(path, entry.name), entry.isDirectory()));
  };

  readonly lstatSync = (given: string): Stats => {
    const stats = lookIn(this.#folder, toPath(given));
    if (stats === undefined) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    return stats;
  };
}

/** fast-glob writes `/` everywhere, and sometimes two of them, or one at the end. */
function toPath(given: string): string {
  const path = normalize(given);
  return path.length > 1 && /[\\/]$/.test(path) ? path.slice(0, -1) : path;
}

/** Folder by folder: `a/b` stands before `a.txt`, as ripgrep sorts. */
function toSortKey(path: string): string {
  return path.replaceAll('/', '\0');
}

function fromSortKey(key: string): string {
  return key.replaceAll('\0', '/');
}
