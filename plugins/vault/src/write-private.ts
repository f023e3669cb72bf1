import { closeSync, fchmodSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createId, PithError, toMessage } from '@pith/kernel';
import { isPrivateFolder } from './read-private.ts';

const ASIDE = /\.tmp$/;

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

/** What a process that died had written aside. */
function dropLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) if (ASIDE.test(name)) rmSync(join(folder, name), { force: true });
}

/** So that the new name outlives a loss of power. Windows has no such thing for folders. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
