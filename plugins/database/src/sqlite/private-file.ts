import { chmodSync, closeSync, fchmodSync, fsyncSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { damaged, unwritable } from './errors.ts';

/**
 * Sees to it that the file is there and open to nobody else, whatever the umask; SQLite gives the files beside it the same mode.
 * A file that is there is not opened: to close it again would give up the locks that this process holds on it.
 * @throws PithError DATABASE_UNWRITABLE, DATABASE_DAMAGED where something else is in its place
 */
export function makePrivateFile(file: string): void {
  try {
    makePrivateFolder(dirname(file));
    if (!exists(file)) createFile(file);
    const found = statSync(file);
    if (!found.isFile()) throw damaged(file, 'it is not a file');
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0 && found.uid === process.getuid?.()) chmodSync(file, found.mode & 0o700);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('DATABASE_') === true ? error : unwritable(file, error);
  }
}

/** One that is there keeps its mode: it may be shared on purpose. */
export function makePrivateFolder(folder: string): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) chmodSync(folder, 0o700); // The umask may have taken the user's own rights.
}

/** So that it outlives a loss of power. Windows has no such thing for folders. */
export function flush(path: string): void {
  const isWindows = process.platform === 'win32';
  if (isWindows && statSync(path).isDirectory()) return;
  const handle = openSync(path, isWindows ? 'r+' : 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A name that sorts by when it was made. */
export function toStampedName(rest: string): string {
  return `${new Date().toISOString().replaceAll(/[-:]/g, '')}-${rest}`;
}

function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

function createFile(file: string): void {
  try {
    const handle = openSync(file, 'wx', 0o600);
    fchmodSync(handle, 0o600);
    closeSync(handle);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // Another process has just made it.
  }
}
