import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isRefusal, isWithin, readPlainFile } from '@pith/files';
import { type GitSetting, isHarmlessSetting, parseGitConfig } from './git-config.ts';
import { readGitIndex } from './git-index.ts';
import { once } from '../places/once.ts';
import { findEnd, findPlace, findRoot } from '../places/place.ts';
import type { Surroundings } from '../subject.ts';

/** Larger files are not looked at. */
const CONFIG_BYTES_MAX = 256 * 1024;
const INDEX_BYTES_MAX = 64 * 1024 * 1024;
const SUBMODULES_MAX = 100;
const SUBMODULE_DEPTH_MAX = 4;

/** What git may run when it only looks: it writes its index anew then. */
const HOOK = 'post-index-change';

const HEAD = /^(?:ref: refs\/[^\s]+|[0-9a-f]{40}|[0-9a-f]{64})\n?$/;

export interface GitRepository {
  /** The folder of the work tree. */
  top: string;
  /** The files that git tracks. */
  tracked: () => readonly string[];
}

type Place = Pick<Surroundings, 'cwd' | 'realRoots'>;

/**
 * The repository that git finds from a folder, where nothing in it can make a command that only looks run, fetch or read
 * anything else: every key of its settings, and of those of its submodules, is known to be harmless, and no hook waits. A few
 * files are read; nothing runs.
 * @param around also a repository that begins above the roots, of which a part is outside
 * @returns nothing where that is not known
 */
export function findHarmlessRepository(at: Place, { around = false } = {}): GitRepository | undefined {
  return once(at, `repository\0${around}\0${at.cwd}`, () => lookForRepository(at, around));
}

function lookForRepository({ cwd, realRoots }: Place, around: boolean): GitRepository | undefined {
  const start = findPlace('.', cwd);
  if (start === undefined || findRoot(start, realRoots) === undefined) return undefined;
  const isLookedAt = (folder: string): boolean => around || realRoots.some((root) => isWithin(folder, root));
  for (let folder = start.real[0]!; isLookedAt(folder); folder = dirname(folder)) {
    if (exists(join(folder, '.git'))) return readRepository(folder, around ? [...realRoots, folder] : realRoots, { submodules: SUBMODULES_MAX }, 0);
    if (isBare(folder) || folder === dirname(folder)) return undefined;
  }
  return undefined;
}

/** Whether git finds no repository at all from a folder, up to the root of the disk: it obeys nobody's settings then but the person's own. */
export function isOutsideRepositories({ cwd, realRoots }: Place): boolean {
  const start = findPlace('.', cwd);
  if (start === undefined || findRoot(start, realRoots) === undefined) return false;
  for (let folder = start.real[0]!; ; folder = dirname(folder)) {
    if (exists(join(folder, '.git')) || isBare(folder)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A folder laid out like a repository is one for git: it would obey its settings. */
function isBare(folder: string): boolean {
  return exists(join(folder, 'HEAD')) && ['commondir', 'objects'].some((name) => exists(join(folder, name)));
}

function readRepository(top: string, realRoots: readonly string[], budget: { submodules: number }, depth: number): GitRepository | undefined {
  const found = findGitFolder(top, realRoots);
  if (found === undefined) return undefined;
  const { own, common } = found;
  // Where git does not take it for a repository, it looks for another.
  if (!HEAD.test(readText(join(own, 'HEAD')) ?? '') || !isFolder(join(common, 'objects')) || !isFolder(join(common, 'refs'))) return undefined;
  const settings = readSettings(join(common, 'config'), true);
  const ofWorktree = readSettings(join(own, 'config.worktree'), false);
  if (settings === undefined || ofWorktree === undefined) return undefined;
  const all = [...settings, ...ofWorktree];
  if (!all.every((setting) => isHarmlessSetting(setting) || leadsBack(setting, { own, top }))) return undefined;
  if (hasHook(all, { common, top })) return undefined;
  const index = readBytes(join(own, 'index'));
  const isSha256 = all.some(({ section, key, value }) => section === 'extensions' && key === 'objectformat' && value.trim() !== 'sha1');
  const list = (wanted: 'all' | 'submodules'): string[] | undefined => (index === null ? [] : index && readGitIndex(index, isSha256 ? 32 : 20, wanted));
  const submodules = list('submodules');
  if (submodules === undefined) return undefined;
  for (const path of submodules) {
    if (!exists(join(top, path, '.git'))) continue;
    if (--budget.submodules < 0 || depth === SUBMODULE_DEPTH_MAX) return undefined;
    const folder = findEnd(join(top, path));
    if (folder !== join(top, path) || readRepository(folder, realRoots, budget, depth + 1) === undefined) return undefined;
  }
  let tracked: readonly string[] | undefined;
  return { top, tracked: () => tracked ??= list('all') ?? [] };
}

/** Where a repository keeps its things: `own` to this work tree, and what it shares with others. */
function findGitFolder(top: string, realRoots: readonly string[]): { own: string; common: string } | undefined {
  const link = join(top, '.git');
  const stat = lstatSync(link, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) return exists(join(link, 'commondir')) ? undefined : { own: link, common: link };
  if (!stat.isFile()) return undefined;
  const named = /^gitdir: ([^\n\0]+)\n?$/.exec(readText(link) ?? '')?.[1];
  const own = named === undefined ? undefined : findEnd(resolve(top, named));
  if (own === undefined) return undefined;
  const commonText = readText(join(own, 'commondir'));
  if (commonText === undefined) return realRoots.some((root) => isWithin(own, root)) ? { own, common: own } : undefined;
  // The repository must know this work tree; otherwise anybody could point at somebody's repository.
  const back = readText(join(own, 'gitdir'))?.trimEnd();
  const common = findEnd(resolve(own, commonText.trimEnd()));
  if (back === undefined || common === undefined || findEnd(resolve(own, back)) !== link || dirname(dirname(own)) !== common) return undefined;
  return { own, common };
}

/** A submodule's settings name its own work tree, hooks may lie in a folder of the project. */
function leadsBack({ section, sub, key, value }: GitSetting, { own, top }: { own: string; top: string }): boolean {
  if (section !== 'core' || sub !== '') return false;
  return key === 'hookspath' || (key === 'worktree' && findEnd(resolve(own, value)) === top);
}

function hasHook(settings: readonly GitSetting[], { common, top }: { common: string; top: string }): boolean {
  const folders = settings.filter(({ section, key }) => section === 'core' && key === 'hookspath').map(({ value }) => value);
  // What git would make of a quoted or abbreviated name is not worked out.
  if (folders.some((folder) => /["\\;#~$%\0]/.test(folder))) return true;
  return [join(common, 'hooks'), ...folders.map((folder) => resolve(top, folder.trimEnd()))].some((folder) => isRunnable(join(folder, HOOK)));
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return process.platform === 'win32' && exists(path); // Elsewhere git passes over what is not executable.
  }
}

function readSettings(path: string, isNeeded: boolean): GitSetting[] | undefined {
  if (!exists(path)) return isNeeded ? undefined : [];
  const text = readText(path);
  return text === undefined ? undefined : parseGitConfig(text);
}

/** @returns `null` where there is no index; nothing where it cannot be read */
function readBytes(path: string): Buffer | null | undefined {
  return exists(path) ? readUpTo(path, INDEX_BYTES_MAX) : null;
}

function readText(path: string): string | undefined {
  return readUpTo(path, CONFIG_BYTES_MAX)?.toString('utf8');
}

/** @returns nothing where it cannot be read, so that nothing is known of it */
function readUpTo(path: string, limitBytes: number): Buffer | undefined {
  const read = readPlainFile(path, { limitBytes });
  return isRefusal(read) ? undefined : read.bytes;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // Not there, or not to be looked at, for git neither.
  }
}

/** Also where it is a link that leads nowhere, or where that cannot be told. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true; // Something is there that may not be looked at.
  }
}
