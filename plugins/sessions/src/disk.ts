import { fdatasync, fsyncSync, ftruncateSync, openSync, closeSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** How an entry comes to the disk. A test passes one that fails. */
export interface Disk {
  /** @returns how many bytes were written, from `offset` on */
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
  /** Without blocking the thread: what does not depend on it goes on meanwhile. */
  flush(descriptor: number): Promise<void>;
  cut(descriptor: number, length: number): void;
}

export const DISK: Disk = { write: writeSync, flush: promisify(fdatasync), cut: ftruncateSync };

/** What was flushed is there, whatever the system says at the end. */
export function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Linux has closed it all the same.
  }
}

/** Brings the name of a new file to the disk, and that of its folder: without them a loss of power takes the file away whole. */
export function flushFolders(file: string): void {
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(folder, 'r');
      fsyncSync(descriptor);
    } catch {
      // Windows opens no folder, and some file systems flush none; what is in the file is flushed all the same.
    } finally {
      if (descriptor !== undefined) closeQuietly(descriptor);
    }
  }
}
