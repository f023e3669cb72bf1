import { closeSync, constants, fchmodSync, fstatSync, lstatSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createId, EXIT, PithError, toMessage } from '@pith/kernel';

const isWindows = process.platform === 'win32';
/** Far more than all secrets together may take. */
const MAX_BYTES = 32 * 1024 * 1024;
const ASIDE = /\.tmp$/;

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
    throw new PithError(`${file} cannot be read: ${toMessage(error)}`, { code: 'VAULT_UNREADABLE', cause: error, hint: 'Mend the permissions of the file; it must be yours.' });
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

/**
 * Aside, flushed and renamed: whoever reads finds the old text or the new one, also after a crash. The caller is the only writer.
 * @throws PithError VAULT_UNSAFE, VAULT_UNWRITABLE; then the old text is still there
 */
export async function writePrivate(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  const aside = `${file}.${process.pid}-${createId()}.tmp`;
  try {
    dropLeftovers(folder);
    const handle = await open(aside, 'wx', 0o600);
    try {
      await handle.chmod(0o600); // The umask may have taken the user's own rights.
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
    await flushFolder(folder);
  } catch (error) {
    await rm(aside, { force: true });
    throw new PithError(`${file} cannot be written: ${toMessage(error)}`, { code: 'VAULT_UNWRITABLE', cause: error, hint: 'What was stored before is still there. Make room, or mend the permissions of its folder.' });
  }
}

/** @throws PithError VAULT_UNSAFE, VAULT_UNWRITABLE */
export async function makePrivateFolder(folder: string): Promise<void> {
  if (isPrivateFolder(folder)) return;
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isPrivateFolder(folder)) return; // Another process has just made it.
    throw new PithError(`${folder} cannot be made: ${toMessage(error)}`, { code: 'VAULT_UNWRITABLE', cause: error, hint: 'Mend the permissions of the folder above, or set PITH_HOME to another one.' });
  }
}

/** An empty file for the user alone. One that is there is not even opened: to close it again would give up locks on it. */
export function createPrivate(file: string): void {
  try {
    const handle = openSync(file, 'wx', 0o600);
    fchmodSync(handle, 0o600);
    closeSync(handle);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new PithError(`${file} cannot be made: ${toMessage(error)}`, { code: 'VAULT_UNWRITABLE', cause: error, hint: 'Make room, or mend the permissions of its folder.' });
  }
}

/** Whether the folder is there. @throws PithError VAULT_UNSAFE */
function isPrivateFolder(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (!stat.isDirectory()) throw unsafe(`${folder} is ${stat.isSymbolicLink() ? 'a link' : 'no folder'}`, 'Put a folder of your own there.');
  checkMode(folder, stat, '700');
  return true;
}

function checkMode(path: string, { mode, uid }: { mode: number; uid: number }, wanted: '600' | '700'): void {
  if (isWindows) return; // The user's own folder is private there; there are no modes.
  const self = process.getuid!();
  if (uid !== self && self !== 0) throw unsafe(`${path} belongs to another user (${uid})`, 'Put one of your own there.');
  if ((mode & 0o077) === 0) return;
  throw unsafe(`${path} is open to other users (mode ${(mode & 0o777).toString(8)}), so the keys in it may be known to them`, `Close it: chmod ${wanted} '${path.replaceAll("'", String.raw`'\''`)}'. Where others use this machine, get new keys, too.`);
}

function unsafe(message: string, hint: string): PithError {
  return new PithError(message, { code: 'VAULT_UNSAFE', exitCode: EXIT.usage, hint });
}

/** What a process that died had written aside. */
function dropLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) if (ASIDE.test(name)) rmSync(join(folder, name), { force: true });
}

/** So that the new name outlives a loss of power. Windows has no such thing for folders. */
async function flushFolder(folder: string): Promise<void> {
  if (isWindows) return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
