import { type BigIntStats, type Dirent, fstatSync, lstatSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FOLDER_FLAGS, placeOf, PLAIN_FLAGS, standsAt, toKind } from '@pith/files';
import { fileError, hasCode, toolError } from './errors.ts';

export interface OpenFile {
  handle: FileHandle;
  stats: BigIntStats;
}

/**
 * Opens a plain file for reading, at exactly this path: no link is followed, and what was opened is proved to be there. Pipes,
 * sockets and devices are refused before they are opened, since opening one can hang or act.
 * @param path absolute, links resolved
 * @param shown the path as people see it
 * @throws PithError FILE_MISSING, FILE_KIND, FILE_MOVED, FILE_DENIED
 */
export async function openFile(path: string, shown: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    // A look at a name waits for nothing that opening would not wait for; a thread for each takes longer than the look.
    checkPlain(lstatSync(path, { bigint: true }), shown);
    handle = await open(path, PLAIN_FLAGS);
    const stats = fstatSync(handle.fd, { bigint: true });
    checkPlain(stats, shown);
    prove(handle, path, shown);
    return { handle, stats };
  } catch (error) {
    await handle?.close();
    throw fileError(error, shown);
  }
}

/** @throws PithError FILE_KIND, or FILE_MOVED for a link, since the path had its links resolved */
export function checkPlain(stats: BigIntStats, shown: string): void {
  if (stats.isFile()) return;
  if (stats.isSymbolicLink()) throw moved(shown);
  throw toolError(`${shown} is ${toKind(stats)}, not a file`, 'FILE_KIND', stats.isDirectory() ? 'List it, or name a file in it.' : 'Only plain files are read and written.');
}

/** @throws PithError FILE_MOVED when `handle` is open on something that is not at `path` */
function prove(handle: FileHandle, path: string, shown: string): void {
  if (!standsAt(handle.fd, path)) throw moved(shown);
}

function moved(shown: string): Error {
  return toolError(`A link or folder on the way to ${shown} changed during the call, so it leads elsewhere than was judged; nothing was read or written`, 'FILE_MOVED', 'Make the call again.');
}

/**
 * A folder that is held open, so that what is done to the names in it happens in this folder, wherever links point by then.
 * Where the system has no way to say that (all but Linux), its path is used and looked at again with `check`.
 */
export class Folder {
  readonly path: string;
  readonly shown: string;
  readonly #handle: FileHandle | undefined;
  readonly #anchor: string;

  private constructor(path: string, shown: string, handle: FileHandle | undefined, anchor: string) {
    this.path = path;
    this.shown = shown;
    this.#handle = handle;
    this.#anchor = anchor;
  }

  /** @throws the system's own error, or PithError FILE_MOVED */
  static async open(path: string, shown: string, at = path): Promise<Folder> {
    if (process.platform === 'win32') return await Folder.#openByPath(path, shown);
    const handle = await openFolderHandle(at, shown);
    try {
      prove(handle, path, shown);
      return new Folder(path, shown, handle, placeOf(handle.fd) === undefined ? path : `/proc/self/fd/${handle.fd}`);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Windows has no handles of folders. */
  static async #openByPath(path: string, shown: string): Promise<Folder> {
    if (!(await lstat(path)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', syscall: 'open' });
    const folder = new Folder(path, shown, undefined, path);
    await folder.check();
    return folder;
  }

  /** A path to a name in this very folder, for the system only: never show it. */
  at(name: string): string {
    return join(this.#anchor, name);
  }

  /** The folder `name` in this one, made when it is not there. */
  async make(name: string): Promise<{ folder: Folder; created: boolean }> {
    let created = true;
    try {
      await mkdir(this.at(name));
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      created = false;
    }
    return { folder: await Folder.open(join(this.path, name), this.shown, this.at(name)), created };
  }

  async *entries(): AsyncIterable<Dirent> {
    yield* await opendir(this.#anchor);
  }

  /** @throws PithError FILE_MOVED when the folder is no longer where it was judged to be */
  async check(): Promise<void> {
    if (this.#handle !== undefined) prove(this.#handle, this.path, this.shown);
    else if (await realpath(this.path) !== this.path) throw moved(this.shown);
  }

  /** Makes the names in it last over a loss of power. */
  async sync(): Promise<void> {
    try {
      await this.#handle?.sync();
    } catch (error) {
      if (!hasCode(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error; // Some network file systems cannot.
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

async function openFolderHandle(path: string, shown: string): Promise<FileHandle> {
  try {
    return await open(path, FOLDER_FLAGS);
  } catch (error) {
    // A link is no folder to the system, either; but there was none when the path was judged.
    if (hasCode(error, 'ENOTDIR', 'ELOOP') && (await lstat(path)).isSymbolicLink()) throw moved(shown);
    throw error;
  }
}

/**
 * Opens the folder in which the file `path` is or will be, with all folders above it that are missing. When `work` throws, those
 * that were made are taken away again.
 * @returns what `work` gives
 */
export async function inFolderOf<T>(path: string, shown: string, work: (folder: Folder, created: readonly string[]) => Promise<T>): Promise<T> {
  const { folder, created } = await openOrMake(dirname(path), shown);
  try {
    return await work(folder, created);
  } catch (error) {
    await removeFolders(created);
    throw error;
  } finally {
    await folder.close();
  }
}

async function openOrMake(path: string, shown: string): Promise<{ folder: Folder; created: string[] }> {
  const created: string[] = [];
  let folder: Folder | undefined;
  try {
    const { found, missing } = await openNearest(path, shown);
    folder = found;
    for (const name of missing) {
      const made: { folder: Folder; created: boolean } = await folder.make(name);
      if (made.created) created.push(made.folder.path);
      await folder.close();
      folder = made.folder;
    }
    return { folder, created };
  } catch (error) {
    await folder?.close();
    await removeFolders(created);
    throw fileError(error, shown);
  }
}

/** The nearest folder above that is there, and the names missing from it to `path`. */
async function openNearest(path: string, shown: string): Promise<{ found: Folder; missing: string[] }> {
  const missing: string[] = [];
  for (let above = path; ; above = dirname(above)) {
    try {
      return { found: await Folder.open(above, shown), missing };
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || dirname(above) === above) throw error;
      missing.unshift(basename(above));
    }
  }
}

async function removeFolders(created: readonly string[]): Promise<void> {
  for (const path of created.toReversed()) {
    let parent: Folder | undefined;
    try {
      parent = await Folder.open(dirname(path), path);
      await rmdir(parent.at(basename(path)));
    } catch {
      return; // Somebody put something into it, or took it away: then it is not ours to remove.
    } finally {
      await parent?.close();
    }
  }
}
