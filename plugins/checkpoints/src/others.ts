import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lookAt } from '@pith/files';
import { toMode } from './entry.ts';
import { type Git, runGit } from './git.ts';
import type { TreePlace } from './place.ts';

/** What an index does not hold, and is not ignored. */
export interface Others {
  /** Files and links; a repository of its own has a slash at its end. */
  files: string[];
  /** Empty folders with their modes. */
  folders: Map<string, number>;
  /** Folders in which there may be empty ones beside files. */
  mixed: string[];
}

/** So many folders are looked through for empty ones; what is more, nobody misses. */
const FOLDERS_MAX = 5000;
/** Beyond it the whole tree is listed rather than these folders. */
const NAMED_MAX = 200;

/**
 * git tells files alone, or folders of which it knows nothing as a whole; so those that hold a file are listed once more.
 * @param index nothing where there is none yet: then all that there is are files
 */
export async function listOthers(git: Git, place: TreePlace, { index, filesMax }: { index: string | undefined; filesMax: number }): Promise<Others> {
  if (index === undefined) return { files: await listFiles(git, place, { index: place.index, filesMax, paths: place.parts }), folders: new Map(), mixed: place.parts };
  const found = await listFiles(git, place, { index, filesMax, paths: place.parts, options: ['--directory'] });
  const others: Others = { files: found.filter((path) => !path.endsWith('/')), folders: new Map(), mixed: [] };
  await addFolders(others, found.filter((path) => path.endsWith('/')), { git, place, index, filesMax });
  return others;
}

/** With what is in these folders: also where they stand in the place of a file, of which git then tells only if it is asked for the folder. */
export async function addFolders(others: Others, folders: readonly string[], { git, place, index, filesMax }: { git: Git; place: TreePlace; index: string; filesMax: number }): Promise<void> {
  const bound = { left: FOLDERS_MAX };
  const mixed = folders.filter((path) => existsSync(join(place.top, path, '.git')) || !addEmpty(place.top, path.replace(/\/$/, ''), others.folders, bound));
  if (mixed.length === 0) return;
  others.mixed = [...others.mixed, ...mixed];
  const known = new Set(others.files);
  const paths = mixed.length > NAMED_MAX ? place.parts : mixed;
  // One by one: there may be more than a call takes arguments.
  for (const file of await listFiles(git, place, { index, filesMax, paths })) if (!known.has(file)) others.files.push(file);
}

async function listFiles(git: Git, { exclude }: TreePlace, { index, filesMax, paths, options = [] }: { index: string; filesMax: number; paths: readonly string[]; options?: readonly string[] }): Promise<string[]> {
  const { stdout } = await runGit(git, ['ls-files', '--others', '-z', '--exclude-standard', `--exclude-from=${exclude}`, ...options, '--', ...paths], { env: { GIT_INDEX_FILE: index }, wordsMax: filesMax });
  return stdout.toString().split('\0').filter((path) => path !== '');
}

/** The innermost folders of one that holds nothing else. @returns whether it is one */
function addEmpty(top: string, path: string, folders: Map<string, number>, bound: { left: number }): boolean {
  const found = new Map<string, number>();
  const isEmpty = (below: string): boolean => {
    if (bound.left-- <= 0) return false;
    const stats = lookAt(join(top, below));
    if (stats === undefined || !stats.isDirectory()) return false;
    const entries = readdirSync(join(top, below), { withFileTypes: true });
    if (entries.length === 0) found.set(below, toMode(stats));
    return entries.every((entry) => entry.isDirectory() && isEmpty(`${below}/${entry.name}`));
  };
  try {
    if (!isEmpty(path)) return false;
  } catch {
    return false; // It cannot be read, or went meanwhile.
  }
  for (const [folder, mode] of found) folders.set(folder, mode);
  return true;
}
