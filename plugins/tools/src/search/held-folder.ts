import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { HeldFolder } from './job.ts';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const isWindows = process.platform === 'win32';

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * What is in a folder at or below the held one, at exactly this path: no link is followed.
 * @returns nothing where there is no such folder, a link leads to it, or it may not be read
 */
export function readFolder(held: HeldFolder, path: string): Dirent[] | undefined {
  return inFolder(held, path, (place) => readdirSync(place, { withFileTypes: true }));
}

/** @returns nothing where there is nothing, or a link leads to its folder */
export function lookAt(held: HeldFolder, path: string): Stats | undefined {
  if (path === held.path) return lstatSync(`${held.anchor}/.`);
  return inFolder(held, dirname(path), (place) => lstatSync(join(place, basename(path)), { throwIfNoEntry: false }));
}

/**
 * The bytes of a plain file at exactly this path: no link is followed, no pipe waited for.
 * @returns nothing where there is no such file, or it is larger than `limit`
 */
export function readFileIn(held: HeldFolder, path: string, limit: number): Buffer | undefined {
  return inFolder(held, dirname(path), (place) => {
    const file = openSync(join(place, basename(path)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.size > limit) return undefined;
      const bytes = Buffer.allocUnsafe(stats.size);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  });
}

/** Opens a folder, proves that it is where its path says, and hands on a path to it that stays true while `work` runs. */
function inFolder<T>(held: HeldFolder, path: string, work: (place: string) => T | undefined): T | undefined {
  if (!isWithin(path, held.path)) return undefined;
  let handle: number | undefined;
  try {
    const at = join(held.anchor, relative(held.path, path));
    if (isWindows) return realpathSync(path) === path ? work(at) : undefined;
    handle = openSync(`${at}${sep}.`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const place = placeOf(handle);
    if (place !== undefined) return place === path ? work(`/proc/self/fd/${handle}`) : undefined;
    return realpathSync(path) === path ? work(at) : undefined;
  } catch {
    return undefined; // Gone, a link by now, or not ours to read: for a search all of that is “nothing there”.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Where an open folder is, by the system's own word. Only Linux tells. */
function placeOf(handle: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readlinkSync(`/proc/self/fd/${handle}`);
  } catch {
    return undefined; // No /proc in this container.
  }
}
