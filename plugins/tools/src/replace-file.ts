import { type BigIntStats, constants, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { newAside } from './aside.ts';
import { changed, checkUnchanged, isAsRead, isSameFile } from './as-read.ts';
import { fileError, hasCode } from './errors.ts';
import type { Folder } from './open.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

export interface Replacement {
  folder: Folder;
  name: string;
  /** The path as people see it. */
  shown: string;
  bytes: Uint8Array;
  /** The file that is replaced, as it was when it was read; nothing for a new file. */
  before: BigIntStats | undefined;
  /** Its bytes then; nothing where it is too large to be held. */
  was?: Uint8Array | undefined;
}

/**
 * Puts a file in its place whole: written aside in the same folder, flushed, then renamed, so that a crash at any instant leaves
 * the old text or the new. Mode is kept, owner and group where the system lets us.
 * @throws PithError FILE_CHANGED when another text stands there by now; nothing is left behind then
 */
export async function replaceFile({ folder, name, shown, bytes, before, was }: Replacement): Promise<void> {
  const [aside, backup] = [newAside(folder), newAside(folder)];
  const target = folder.at(name);
  try {
    await writeAside(aside, bytes, before);
    await folder.check();
    if (before === undefined) {
      publishNew(aside, target, shown);
      await folder.sync();
    } else {
      const own = publishOver(target, { aside, backup, before, was, shown });
      await folder.sync();
      takeBackWhereWritten(target, { own, bytes, backup, before, was, shown });
    }
  } catch (error) {
    await removeAside(aside);
    throw fileError(error, shown);
  } finally {
    await removeAside(backup);
  }
}

/** Writes and flushes a file that will take the place of another one, or that has its owner and mode from another one. */
export async function writeAside(aside: string, bytes: Uint8Array, like: BigIntStats | undefined): Promise<void> {
  const handle = await open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, like === undefined ? 0o666 : 0o600);
  try {
    await handle.writeFile(bytes);
    if (like !== undefined) await keepOwnerAndMode(handle, like);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keepOwnerAndMode(handle: FileHandle, before: BigIntStats): Promise<void> {
  const now = await handle.stat({ bigint: true });
  if (now.uid !== before.uid || now.gid !== before.gid) {
    try {
      await handle.chown(Number(before.uid), Number(before.gid));
    } catch (error) {
      if (!hasCode(error, 'EPERM')) throw error; // Only an administrator gives files away.
    }
  }
  await handle.chmod(Number(before.mode & 0o7777n)); // After chown, which takes away set-user-id.
}

/** A link is made only where no name is, so a file that appeared meanwhile is not lost. */
export function publishNew(aside: string, target: string, shown: string): void {
  try {
    linkSync(aside, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw changed(shown);
    if (!isWithoutLinks(error)) throw error;
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw changed(shown);
    renameSync(aside, target);
    return;
  }
  unlinkSync(aside);
}

interface Known { backup: string; before: BigIntStats; was: Uint8Array | undefined; shown: string }

/**
 * Without a pause, and the old file keeps a second name. Only a file that takes the name between the last look and the rename is
 * lost: no call of the system closes that gap.
 * @returns the file that has the name now
 */
function publishOver(target: string, { aside, backup, before, was, shown }: Known & { aside: string }): BigIntStats {
  checkUnchanged(target, before, shown);
  keepName(target, backup);
  const own = lstatSync(aside, { bigint: true });
  if (!isAsRead(target, before, was) || !isSameFile(target, before)) throw changed(shown);
  renameSync(aside, target);
  return own;
}

function keepName(target: string, backup: string): void {
  try {
    linkSync(target, backup);
  } catch (error) {
    // Not every file system knows of second names; and a file that loses its own at this moment is found to be gone by the next look.
    if (!isWithoutLinks(error) && !hasCode(error, 'ENOENT')) throw error;
  }
}

/** Where another program had the old file open and has written to it up to now, that is the text that counts; unless it goes on with ours. */
function takeBackWhereWritten(target: string, { own, bytes, backup, before, was, shown }: Known & { own: BigIntStats; bytes: Uint8Array }): void {
  if (!isSameFile(backup, before) || isAsRead(backup, before, was) || !isAsRead(target, own, bytes)) return;
  renameSync(backup, target);
  throw changed(shown);
}

/** Whether a link could not be made because of what the file or its file system is. */
export function isWithoutLinks(error: unknown): boolean {
  return hasCode(error, 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL');
}

export async function removeAside(aside: string): Promise<void> {
  try {
    await unlink(aside);
  } catch {
    // It was never made, or is in its place already; otherwise the first error says more than this one.
  }
}
