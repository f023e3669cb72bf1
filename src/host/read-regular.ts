import { closeSync, constants, fstatSync, openSync, readFileSync, type BigIntStats } from 'node:fs';

/** Nothing that pith reads whole is larger. */
const LIMIT_BYTES = 20 * 1024 * 1024;

export interface RegularFile { bytes: Buffer; stamp: string }

/** A file with what tells whether it has changed since; nothing where there is no file, or something else, as a pipe. */
export function readRegular(file: string): RegularFile | undefined {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // A pipe that nobody writes to would hold us up.
  } catch {
    return undefined; // Not there, or not for us: either way it cannot be read.
  }
  try {
    const stat = fstatSync(handle, { bigint: true });
    return stat.isFile() && stat.size <= LIMIT_BYTES ? { bytes: readFileSync(handle), stamp: toStamp(stat) } : undefined;
  } finally {
    closeSync(handle);
  }
}

export function toStamp({ mtimeNs, ctimeNs, size, ino }: BigIntStats): string {
  return `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
}
