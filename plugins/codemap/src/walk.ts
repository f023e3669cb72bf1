import { join } from 'node:path';
import { lookAt, readFolder, toStamp } from './held.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { type Language, languageOf } from './language.ts';

/** Of more files and folders no map is made: what is found up to then is shown, and that it is not all. */
const MAX_FILES = 20_000;
const MAX_NAMES = 200_000;
const MAX_DEPTH = 40;
const LIMIT_MS = 8000;

export interface ListedFile {
  /** Relative to the root, with `/`. */
  path: string;
  /** Set for a file that is read. */
  code?: { language: Language; stamp: string; size: number };
}
export interface Listing { files: ListedFile[]; complete: boolean }

/**
 * The plain files below a folder, by path, without what .gitignore leaves out, `.git` and `node_modules`. No link is followed, and
 * git itself is not run: a repository's own settings can make it start programs.
 * @param root links resolved
 */
export function listFiles(root: string, signal: AbortSignal): Listing {
  const rules = new IgnoreRules(root);
  const files: ListedFile[] = [];
  const endMs = performance.now() + LIMIT_MS;
  const left = [{ folder: root, prefix: '', depth: 0 }];
  let names = 0;
  let complete = true;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { folder, prefix, depth } = next;
    signal.throwIfAborted();
    const entries = readFolder(folder) ?? [];
    if ((names += entries.length) > MAX_NAMES || performance.now() > endMs) return finish(files, false);
    for (const entry of entries) {
      const { name } = entry;
      const isFolder = entry.isDirectory();
      if ((!isFolder && !entry.isFile()) || name === '.git' || (isFolder && name === 'node_modules') || rules.leavesOut(folder, name, isFolder)) continue;
      if (isFolder && depth >= MAX_DEPTH) complete = false;
      else if (isFolder) left.push({ folder: join(folder, name), prefix: `${prefix}${name}/`, depth: depth + 1 });
      else if (files.push(toListed(join(folder, name), prefix + name)) >= MAX_FILES) return finish(files, false);
    }
  }
  return finish(files, complete);
}

function toListed(place: string, path: string): ListedFile {
  const language = languageOf(path);
  const stats = language === undefined ? undefined : lookAt(place);
  if (language === undefined || stats?.isFile() !== true) return { path };
  return { path, code: { language, stamp: toStamp(stats), size: stats.size } };
}

function finish(files: ListedFile[], complete: boolean): Listing {
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), complete };
}
