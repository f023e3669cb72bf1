import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { fileError, hasCode, toolError } from './errors.ts';
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
}

/**
 * Puts a file in its place whole: written aside in the same folder, flushed, then renamed, so that a crash at any instant leaves
 * the old text or the new. Mode is kept, owner and group where the system lets us.
 * @throws PithError FILE_CHANGED when another text stands there by now; nothing is left behind then
 */
export async function replaceFile({ folder, name, shown, bytes, before }: Replacement): Promise<void> {
  const aside = newAside(folder);
  try {
    await writeAside(aside, bytes, before);
    await folder.check();
    if (before === undefined) publishNew(aside, folder.at(name), shown);
    else publishOver(aside, folder.at(name), before, shown);
  } catch (error) {
    await removeAside(aside);
    throw fileError(error, shown);
  }
  await folder.sync();
}

/** A name in the folder that nothing has yet, for the system only. */
export function newAside(folder: Folder): string {
  return folder.at(`.pith-${randomBytes(6).toString('hex')}.tmp`);
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
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL')) throw error;
    // A file system without hard links.
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw changed(shown);
    renameSync(aside, target);
    return;
  }
  unlinkSync(aside);
}

/** Looked at and renamed without a pause in between: that is as close as the system's calls allow. */
function publishOver(aside: string, target: string, before: BigIntStats, shown: string): void {
  checkUnchanged(target, before, shown);
  renameSync(aside, target);
}

/** @throws PithError FILE_CHANGED when `target` is no longer the file that was read */
export function checkUnchanged(target: string, before: BigIntStats, shown: string): void {
  const now = lstatSync(target, { bigint: true, throwIfNoEntry: false });
  if (now === undefined || !isSameText(now, before)) throw changed(shown);
}

/** The change time tells even of a writer who puts the modification time back. */
export function isSameText(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

function changed(shown: string): Error {
  return toolError(`${shown} was changed by somebody else during the call; nothing was written`, 'FILE_CHANGED', 'Read it again, then make the call again.');
}

export async function removeAside(aside: string): Promise<void> {
  try {
    await unlink(aside);
  } catch {
    // It was never made, or is in its place already; otherwise the first error says more than this one.
  }
}
