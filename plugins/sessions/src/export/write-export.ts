import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createId, EXIT, PithError, toMessage } from '@pith/kernel';

/**
 * Writes aside, flushes and puts it in its place: there is all of it, or what was there before. Only its owner may read it.
 * @throws PithError FILE_EXISTS without `force`, EXPORT_NOT_WRITTEN
 */
export function writeExport(file: string, text: string, { force }: { force: boolean }): void {
  if (!force && existsSync(file)) throw taken(file);
  const aside = `${file}.${createId()}.aside`;
  try {
    const bytes = Buffer.from(text);
    const descriptor = openSync(aside, 'wx', 0o600);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (force) renameSync(aside, file);
    else linkSync(aside, file); // Unlike a rename it takes no place that somebody has got meanwhile.
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(file);
    throw new PithError(`${file} cannot be written: ${toMessage(error)}`, { code: 'EXPORT_NOT_WRITTEN', cause: error, hint: 'Name a file in a folder that is there and may be written to.' });
  } finally {
    rmSync(aside, { force: true });
  }
}

function taken(file: string): PithError {
  return new PithError(`${file} is there already`, { code: 'FILE_EXISTS', exitCode: EXIT.usage, hint: 'Name another file, or add --force to replace it.' });
}
