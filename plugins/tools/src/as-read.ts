import { type BigIntStats, closeSync, constants, lstatSync, openSync, readFileSync } from 'node:fs';
import { toolError } from './errors.ts';

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** @throws PithError FILE_CHANGED when `target` is no longer the file that was read */
export function checkUnchanged(target: string, before: BigIntStats, shown: string): void {
  const now = lstatSync(target, { bigint: true, throwIfNoEntry: false });
  if (now === undefined || !isSameText(now, before)) throw changed(shown);
}

/** The change time tells even of a writer who puts the modification time back. */
export function isSameText(a: BigIntStats, b: BigIntStats): boolean {
  return a.ctimeNs === b.ctimeNs && isAlike(a, b);
}

/**
 * Whether the file of this name still holds what was read of it, also once it was given another name. Its times alone do not tell:
 * they go by ticks of some milliseconds, and of two writers within one tick only the first is seen.
 */
export function isAsRead(path: string, before: BigIntStats, was: Uint8Array | undefined): boolean {
  const now = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (now === undefined || !isAlike(now, before)) return false;
  if (was === undefined) return true;
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return readFileSync(descriptor).equals(was);
  } finally {
    closeSync(descriptor);
  }
}

export function isSameFile(path: string, { dev, ino }: BigIntStats): boolean {
  const now = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return now !== undefined && now.dev === dev && now.ino === ino;
}

function isAlike(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

export function changed(shown: string): Error {
  return toolError(`${shown} was changed by somebody else during the call; nothing was written`, 'FILE_CHANGED', 'Read it again, then make the call again.');
}
