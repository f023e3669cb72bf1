import { readWhole, type WholeFile } from '@pith/kernel';

/** A file with what tells whether it has changed since; nothing where there is no file, or something else, as a pipe. */
export function readRegular(file: string): WholeFile | undefined {
  try {
    return readWhole(file);
  } catch {
    return undefined; // Something else stands there, or it is not for us: either way it cannot be read.
  }
}
