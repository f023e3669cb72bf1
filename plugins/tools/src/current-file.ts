import type { BigIntStats } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { basename } from 'node:path';
import { MAX_TEXT_BYTES, readUpTo } from '@pith/files';
import type { ToolContext } from '@pith/kernel';
import { changed, isSameText } from './as-read.ts';
import { clearAside } from './aside.ts';
import { fileError, hasCode, isPithCode, toolError } from './errors.ts';
import { type Folder, openFile } from './open.ts';
import { replaceFile } from './replace-file.ts';
import { remember, toLargeVersion, toVersion } from './seen-files.ts';

/** A file that is about to be changed, as it is on disk now. */
export interface CurrentFile {
  /** Nothing for a file too large to be read whole. */
  bytes: Buffer | undefined;
  version: string;
  stats: BigIntStats;
}

/** @returns nothing when there is no file at this path */
export async function openCurrent(path: string, shown: string): Promise<CurrentFile | undefined> {
  let opened;
  try {
    opened = await openFile(path, shown);
  } catch (error) {
    if (isPithCode(error, 'FILE_MISSING')) return undefined;
    throw error;
  }
  const { handle, stats } = opened;
  try {
    await checkWritable(path, shown);
    const bytes = await readUpTo(handle, MAX_TEXT_BYTES, Number(stats.size));
    if (bytes.length > MAX_TEXT_BYTES) return { bytes: undefined, version: toLargeVersion(stats), stats };
    // Whoever wrote while it was read would be lost, since only what was there before is compared later on.
    if (!isSameText(await handle.stat({ bigint: true }), stats)) throw changed(shown);
    return { bytes, version: toVersion(bytes), stats };
  } catch (error) {
    throw fileError(error, shown);
  } finally {
    await handle.close();
  }
}

/** A file that its mode protects could be replaced all the same, since that asks the folder only. */
async function checkWritable(path: string, shown: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return; // Gone again; replacing it will find that.
    throw toolError(`${shown} may not be written`, 'FILE_DENIED', 'Look at its owner and mode.', error);
  }
}

/** Puts the bytes in the file's place and remembers them as what the conversation knows. */
export async function writeCurrent({ folder, path, shown, current, bytes, context }: { folder: Folder; path: string; shown: string; current: CurrentFile | undefined; bytes: Buffer; context: ToolContext }): Promise<void> {
  context.signal.throwIfAborted();
  await clearAside(folder, context);
  await replaceFile({ folder, name: basename(path), shown, bytes, before: current?.stats, was: current?.bytes });
  remember(context, path, toVersion(bytes));
}

/** Renaming parts a file from its other names. */
export function hardLinkNote(current: CurrentFile | undefined): string {
  const others = Number(current?.stats.nlink ?? 1) - 1;
  if (others < 1) return '';
  return ` It had ${others === 1 ? 'another name' : `${others} other names`} (hard links), where the old text stays.`;
}
