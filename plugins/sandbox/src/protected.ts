import { chmodSync, type Dirent, readdirSync } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { readHookFiles, whyProtected } from '@pith/protected';

/** Beyond these a tree is too large to be looked through before each command; what one has made is looked through further. */
const FOLDERS_MAX = 20_000;
const FOLDERS_MADE_MAX = 1_000_000;
const PLACES_MAX = 400;
const FOLDERS_AT_ONCE = 500;
/** What stands in a name for bytes that are no text: such a name cannot be used to open anything. */
const NO_TEXT = '\ufffd';

/** Something that is protected, as it was found. */
export interface Place {
  path: string;
  /** Which file it is, whatever its name. */
  id: string;
  /** Where it leads, if it is a link: as it is written, and in the end, if there is something. */
  link?: { text: string; real: string | undefined };
  /** It has other names, too. */
  isShared: boolean;
}

/** What is protected below some folders, as it was found at one time. */
export interface Protected {
  places: readonly Place[];
  /** The hook files that are named, whether they are there or not. */
  named: readonly string[];
  /** Why that may not be all of it, or why it cannot be kept. */
  trouble?: string;
}

/**
 * Everything protected below these folders, links not followed; what lies below a protected folder is not listed. Installed packages
 * (`node_modules`) are passed over: nobody obeys such a name there.
 */
export async function findProtected(roots: readonly string[]): Promise<Protected> {
  const named = [...new Set((await Promise.all(roots.map(readNamed))).flat())];
  const { places, trouble } = await walk(roots, { foldersMax: FOLDERS_MAX, named });
  if (trouble !== undefined) return { places, named, trouble };
  if (places.length > PLACES_MAX) return { places, named, trouble: `there are more than ${PLACES_MAX} protected files` };
  // Those could be written under another name, or through one that does not exist yet.
  const loose = places.find(({ link, isShared }) => isShared || (link !== undefined && link.real === undefined));
  return loose === undefined ? { places, named } : { places, named, trouble: `${loose.path} ${loose.isShared ? 'has another name, too' : 'leads to nothing'}` };
}

/** The same after a command has run, which may have tried to make it hard. @param named the hook files from before: it must not choose them */
export function findMade(roots: readonly string[], named: readonly string[]): Promise<Omit<Protected, 'named'>> {
  return walk(roots, { foldersMax: FOLDERS_MADE_MAX, named, open: (folder) => chmodSync(folder, 0o700) });
}

interface Walk { foldersMax: number; named: readonly string[]; open?: (folder: string) => void }

async function walk(roots: readonly string[], { foldersMax, named, open }: Walk): Promise<Omit<Protected, 'named'>> {
  const places: Place[] = [];
  let trouble: string | undefined;
  const left = [...roots];
  for (let seen = 0; left.length > 0; seen++) {
    // Reading at once takes a fifth of the time; now and then others get their turn.
    if (seen % FOLDERS_AT_ONCE === FOLDERS_AT_ONCE - 1) await nextTick();
    if (seen > foldersMax) {
      trouble = `there are more than ${foldersMax} folders`;
      break;
    }
    const folder = left.pop()!;
    const entries = list(folder, open);
    if (entries === undefined) trouble ??= `${folder} cannot be looked into`;
    for (const entry of entries ?? []) {
      const path = join(folder, entry.name);
      if (entry.name.includes(NO_TEXT)) trouble ??= `${folder} holds a name that is no text`;
      else if (whyProtected(entry.name) !== undefined) places.push(...await look(path));
      else if (entry.isDirectory() && entry.name !== 'node_modules') left.push(path);
    }
  }
  for (const path of named) places.push(...await look(path));
  return { places: [...new Map(places.map((place) => [place.path, place])).values()], ...(trouble === undefined ? {} : { trouble }) };
}

/** @returns nothing for a folder that cannot be read; one that went away has nothing in it */
function list(folder: string, open?: (folder: string) => void): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (code !== 'EACCES' || open === undefined) return undefined;
  }
  try {
    open(folder);
  } catch {
    return undefined; // It is another user's.
  }
  return list(folder);
}

/** @returns one place, or none where there is nothing */
async function look(path: string): Promise<Place[]> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return [];
  const place = { path, id: `${found.dev}:${found.ino}`, isShared: found.isFile() && found.nlink > 1 };
  return [found.isSymbolicLink() ? { ...place, link: { text: await readlink(path), real: await realpath(path).catch(() => undefined) } } : place];
}

/** The hook files that a root names, as links in the file's own place: what a link leads to is looked at with it. */
function readNamed(root: string): Promise<string[]> {
  return Promise.all(readHookFiles(root).map(async (path) => join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))));
}
