import { closeSync, existsSync, fsyncSync, linkSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createId, EXIT, isPithError, PithError, toMessage } from '@pith/kernel';

/**
 * Writes aside, flushes and puts it in its place: there is all of it, or what was there before. Only its owner may read it.
 * @throws PithError FILE_EXISTS without `force`, EXPORT_NOT_WRITTEN, which also is where something else than a file or a link has its place
 */
export function writeExport(file: string, text: string, { force }: { force: boolean }): void {
  if (!force && existsSync(file)) throw taken(file);
  const aside = `${file}.${createId()}.aside`;
  try {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    // A rename would take away a device, as /dev/null, which all others need.
    if (stats !== undefined && !stats.isFile() && !stats.isSymbolicLink()) throw new PithError(`${file} is no file, and is not replaced`, { code: 'EXPORT_NOT_WRITTEN', hint: 'Name a file; without --output the export goes to standard output.' });
    const bytes = Buffer.from(text);
    const descriptor = openSync(aside, 'wx', 0o600);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (force) renameSync(aside, file);
    else putBeside(aside, file);
  } catch (error) {
    if (isPithError(error)) throw error;
    throw new PithError(`${file} cannot be written: ${toMessage(error)}`, { code: 'EXPORT_NOT_WRITTEN', cause: error, hint: 'Name a file in a folder that is there and may be written to.' });
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Unlike a rename, a link takes no place that somebody has got meanwhile; a file system without links has only the rename. */
function putBeside(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(file)) throw taken(file);
    renameSync(aside, file);
  }
}

function taken(file: string): PithError {
  return new PithError(`${file} is there already`, { code: 'FILE_EXISTS', exitCode: EXIT.usage, hint: 'Name another file, or add --force to replace it.' });
}
