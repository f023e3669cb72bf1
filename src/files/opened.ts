import { type BigIntStats, constants, type Dirent, fstatSync, lstatSync, readlinkSync, realpathSync, type Stats } from 'node:fs';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/** To open a plain file for reading: no link is followed, no pipe waited for, no terminal taken. */
export const PLAIN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
/** To hold a folder open; no link is followed. */
export const FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/** A look at a path, whatever is there; no link is followed at its end. @returns nothing where there is nothing to look at */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // A folder on the way is a file, or not ours to look into.
  }
}

/** What stands there, with its article. */
export function toKind(entry: Stats | BigIntStats | Dirent): string {
  if (entry.isDirectory()) return 'a folder';
  if (entry.isSymbolicLink()) return 'a link';
  if (entry.isFIFO()) return 'a pipe';
  if (entry.isSocket()) return 'a socket';
  return entry.isFile() ? 'a file' : 'a device';
}

/**
 * Whether what was opened is where its path says: a name may lead elsewhere by the time that it is opened.
 * @param path absolute, links resolved
 */
export function standsAt(handle: number, path: string): boolean {
  const place = placeOf(handle);
  // Linux adds a word to the name of a file that was replaced since; it was at the path when it was opened.
  return place === undefined ? isStillAt(handle, path) : place === path || place === `${path} (deleted)`;
}

/** Where an open file or folder is, by the system's own word. Only Linux tells. */
export function placeOf(handle: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readlinkSync(`/proc/self/fd/${handle}`);
  } catch {
    return undefined; // No /proc in this container.
  }
}

/** What other systems can be asked: the path has no links, and names the same file before and after that was seen. */
function isStillAt(handle: number, path: string): boolean {
  const opened = fstatSync(handle, { bigint: true });
  const before = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const real = realpathSync.native(path);
  const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return real === path && [before, after].every((stats) => stats !== undefined && stats.dev === opened.dev && stats.ino === opened.ino);
}
