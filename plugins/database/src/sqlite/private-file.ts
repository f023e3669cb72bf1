import { chmodSync, closeSync, fchmodSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs';
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
