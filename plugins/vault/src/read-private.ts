import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, PithError, toMessage } from '@pith/kernel';

/** More than all secrets together may take. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * A file that nobody else may read: no link, owned by this user, mode 0600, in a folder of mode 0700.
 * @returns nothing where there is none
 * @throws PithError VAULT_UNSAFE, VAULT_UNREADABLE
 */
export function readPrivate(file: string): string | undefined {
  if (!isPrivateFolder(dirname(file))) return undefined;
  let handle: number;
  try {
    // Without waiting: a pipe that nobody writes to would hold us up.
    handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw unsafe(`${file} is a link`, 'Put the file itself there; what a link leads to may be changed by others.');
    throw unreadable(file, error);
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw unsafe(`${file} is ${stat.isFile() ? `larger than ${MAX_BYTES} bytes` : 'no file'}`, 'Look at what it is, and move it away.');
    checkMode(file, stat, '600');
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

/** Whether the folder is there. @throws PithError VAULT_UNSAFE */
export function isPrivateFolder(folder: string): boolean {
  let stat;
  try {
    stat = lstatSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(folder, error);
  }
  if (stat === undefined) return false;
  if (!stat.isDirectory()) throw unsafe(`${folder} is ${stat.isSymbolicLink() ? 'a link' : 'no folder'}`, 'Put a folder of your own there.');
  checkMode(folder, stat, '700');
  return true;
}

function checkMode(path: string, { mode, uid }: { mode: number; uid: number }, wanted: '600' | '700'): void {
  if (process.platform === 'win32') return; // The user's own folder is private there; there are no modes.
  const self = process.getuid!();
  if (uid !== self && self !== 0) throw unsafe(`${path} belongs to another user (${uid})`, 'Put one of your own there.');
  if ((mode & 0o077) === 0) return;
  throw unsafe(`${path} is open to other users (mode ${(mode & 0o777).toString(8)}), so the keys in it may be known to them`, `Close it: chmod ${wanted} '${path.replaceAll("'", String.raw`'\''`)}'. Where others use this machine, get new keys, too.`);
}

function unreadable(path: string, cause: unknown): PithError {
  return new PithError(`${path} cannot be read: ${toMessage(cause)}`, { code: 'VAULT_UNREADABLE', cause, hint: 'Mend its permissions, and those of the folders above; it must be yours.' });
}

function unsafe(message: string, hint: string): PithError {
  return new PithError(message, { code: 'VAULT_UNSAFE', exitCode: EXIT.usage, hint });
}
