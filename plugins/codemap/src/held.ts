import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync, type Stats } from 'node:fs';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;

/** The bytes of a plain file, and the stamp that they had. */
export interface ReadBytes { bytes: Buffer; stamp: string }

/** What tells whether a file has changed since. */
export function toStamp({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}

/** A look at a path, whatever is there; no link is followed at its end. @returns nothing where there is nothing to look at */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // A folder on the way is gone or not ours to look into.
  }
}

/**
 * What is in a folder, at exactly this path, links resolved: one that became a link meanwhile is not followed.
 * @returns nothing where there is no such folder, or it may not be read
 */
export function readFolder(path: string): Dirent[] | undefined {
  if (process.platform === 'win32') return readFolderByPath(path);
  return opened(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, (handle) => readdirSync(placeOf(handle) === undefined ? path : `/proc/self/fd/${handle}`, { withFileTypes: true }));
}

/** Windows has no handles of folders. */
function readFolderByPath(path: string): Dirent[] | undefined {
  try {
    return realpathSync(path) === path ? readdirSync(path, { withFileTypes: true }) : undefined;
  } catch {
    return undefined; // As in `opened`.
  }
}

/**
 * A plain file whole, at exactly this path: no link is followed, no pipe waited for, no device opened.
 * @returns nothing where there is no such file, or it is larger than `limit` bytes
 */
export function readPlain(path: string, limit: number): ReadBytes | undefined {
  if (lookAt(path)?.isFile() !== true) return undefined;
  return opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, (handle) => {
    const stats = fstatSync(handle);
    if (!stats.isFile() || stats.size > limit) return undefined;
    const bytes = Buffer.allocUnsafe(stats.size);
    return { bytes: bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, 0)), stamp: toStamp(stats) };
  });
}

/** Opens, proves that what was opened is where its path says, and hands it on. */
function opened<T>(path: string, flags: number, work: (handle: number) => T): T | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(path, flags);
    const place = placeOf(handle) ?? realpathSync(path);
    return place === path ? work(handle) : undefined;
  } catch {
    return undefined; // Gone, a link by now, or not ours to read: for a map all of that is “nothing there”.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Where an open file is, by the system's own word. Only Linux tells. */
function placeOf(handle: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readlinkSync(`/proc/self/fd/${handle}`);
  } catch {
    return undefined; // No /proc in this container.
  }
}
