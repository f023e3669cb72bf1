import { closeSync, type Dirent, lstatSync, openSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { FOLDER_FLAGS, placeOf, PLAIN_FLAGS } from './opened.ts';
import { readOpened } from './read-plain.ts';
import { isRefusal } from './refusal.ts';
import { isWithin } from './within.ts';

const isWindows = process.platform === 'win32';

/**
 * A folder that is looked into. `path` has its links resolved; `anchor` is how the system finds it, wherever links point by now: a
 * path through an open handle, or `path` itself. What is opened is proved to be below `path` either way.
 */
export interface HeldFolder { path: string; anchor: string }

/**
 * What is in a folder at or below the held one, at exactly this path: no link is followed.
 * @returns nothing where there is no such folder, a link leads to it, or it may not be read
 */
export function readFolder(held: HeldFolder, path: string): Dirent[] | undefined {
  return inFolder(held, path, (place) => readdirSync(place, { withFileTypes: true }));
}

/** @returns nothing where there is nothing, or a link leads to its folder */
export function lookIn(held: HeldFolder, path: string): Stats | undefined {
  if (path === held.path) return lstatSync(`${held.anchor}/.`);
  return inFolder(held, dirname(path), (place) => lstatSync(join(place, basename(path)), { throwIfNoEntry: false }));
}

/**
 * The bytes of a plain file at exactly this path: no link is followed, no pipe waited for.
 * @returns nothing where there is no such file, or it is larger than `limitBytes`
 */
export function readFileIn(held: HeldFolder, path: string, limitBytes: number): Buffer | undefined {
  return inFolder(held, dirname(path), (place) => {
    const name = join(place, basename(path));
    if (!lstatSync(name).isFile()) return undefined;
    const file = openSync(name, PLAIN_FLAGS);
    try {
      const read = readOpened(file, { place: path, limitBytes, cut: false });
      return isRefusal(read) ? undefined : read.bytes;
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Opens a folder, proves that it is where its path says, and hands on a path to it that stays true while `work` runs.
 * @returns nothing where that cannot be done, or `work` meets an error of the system
 */
export function inFolder<T>(held: HeldFolder, path: string, work: (place: string) => T | undefined): T | undefined {
  if (!isWithin(path, held.path)) return undefined;
  let handle: number | undefined;
  try {
    const at = join(held.anchor, relative(held.path, path));
    if (isWindows) return realpathSync.native(path) === path ? work(at) : undefined;
    handle = openSync(`${at}${sep}.`, FOLDER_FLAGS);
    const place = placeOf(handle);
    if (place !== undefined) return place === path ? work(`/proc/self/fd/${handle}`) : undefined;
    return realpathSync.native(path) === path ? work(at) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined; // Gone, a link by now, or not ours to read: to whoever looks, all of that is “nothing there”.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
