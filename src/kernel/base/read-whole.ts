import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
const MIB = 1024 * 1024;
/** Nothing that is read whole is larger. */
const LIMIT_BYTES = 20 * MIB;

/** `stamp` tells whether the file has changed since. */
export interface WholeFile { bytes: Buffer; stamp: string }

/**
 * A small file whole, which may be anybody's: what stands there may as well be a pipe that nobody writes to, a device that
 * never ends, or a file of many gigabytes, and none of them holds pith up or fills its memory.
 * @returns nothing where there is nothing
 * @throws Error with what stands there instead, or the system's own
 */
export function readWhole(file: string): WholeFile | undefined {
  try {
    // To open a device can do something by itself. And most files that are looked for are not there: an error for each would cost more than all else.
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    checkPlain(stat);
    return readPlain(openSync(file, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function readPlain(descriptor: number): WholeFile {
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    checkPlain(stat);
    return { bytes: readAll(descriptor, Number(stat.size)), stamp: toStamp(stat) };
  } finally {
    closeSync(descriptor);
  }
}

/** The stated size is not trusted: what the system makes up as it is read, as in /proc, states 0. */
function readAll(descriptor: number, sizeHint: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= LIMIT_BYTES;) {
    const chunk = Buffer.allocUnsafe(Math.max(sizeHint - length, 4096) + 1);
    const count = readSync(descriptor, chunk, 0, chunk.length, null);
    if (count === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  throw tooLarge();
}

function checkPlain(stat: BigIntStats): void {
  if (!stat.isFile()) throw new Error(`it is ${toKind(stat)}, not a file`);
  if (stat.size > LIMIT_BYTES) throw tooLarge();
}

function tooLarge(): Error {
  return new Error(`it is larger than ${LIMIT_BYTES / MIB} MiB`);
}

function toKind(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}

export function toStamp({ mtimeNs, ctimeNs, size, ino }: BigIntStats): string {
  return `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
}
