import { closeSync, fstatSync, lstatSync, openSync, readSync, realpathSync, type Stats } from 'node:fs';
import { PLAIN_FLAGS, standsAt, toKind } from './opened.ts';
import { moved, refuse, type Refusal, toRefusal } from './refusal.ts';
import { toStamp } from './stamp.ts';
import { isWithin } from './within.ts';

export interface ReadOptions {
  /** Links may lead into these folders, and nowhere else; without them, anywhere. */
  roots?: readonly string[];
  limitBytes: number;
  /** Of a larger file the beginning is read; otherwise it is refused. */
  cut?: boolean;
}

export interface PlainFile {
  bytes: Buffer;
  /** The path with all links resolved. */
  place: string;
  /** Tells whether the file has changed since. */
  stamp: string;
  /** What the system says; for what it makes up as it is read, that is 0. */
  sizeBytes: number;
  isCut: boolean;
}

/** The bytes of a plain file, whichever links lead to it, as long as they lead into the roots. Pipes, sockets and devices are not opened. */
export function readPlainFile(path: string, options: ReadOptions): PlainFile | Refusal {
  if (path.includes('\0')) return refuse('invalid', 'holds a NUL character');
  const place = toPlace(path);
  if (typeof place !== 'string') return place;
  const { roots } = options;
  if (roots !== undefined && !roots.some((root) => isWithin(place, toRealRoot(root)))) return refuse('outside', 'leads out of the folders that may be read');
  return readAt(place, options);
}

/**
 * The same at exactly this path: no link is followed, and what was opened is proved to be there.
 * @param place absolute, links resolved
 */
export function readAt(place: string, { limitBytes, cut = false }: Omit<ReadOptions, 'roots'>): PlainFile | Refusal {
  let handle: number | undefined;
  try {
    // Before it is opened: to open a device can do something by itself.
    const refusal = judge(lstatSync(place), cut ? Infinity : limitBytes);
    if (refusal !== undefined) return refusal;
    handle = openSync(place, PLAIN_FLAGS);
    return standsAt(handle, place) ? readOpened(handle, { place, limitBytes, cut }) : moved();
  } catch (error) {
    // It was none a moment ago.
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? moved() : toRefusal(error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** What is open already, by the same rules. */
export function readOpened(handle: number, { place, limitBytes, cut }: { place: string; limitBytes: number; cut: boolean }): PlainFile | Refusal {
  const stats = fstatSync(handle);
  const refusal = judge(stats, cut ? Infinity : limitBytes);
  if (refusal !== undefined) return refusal;
  const bytes = readToLimit(handle, limitBytes, stats.size);
  const isCut = bytes.length > limitBytes;
  if (isCut && !cut) return tooLarge(limitBytes);
  return { bytes: bytes.subarray(0, limitBytes), place, stamp: toStamp(stats), sizeBytes: stats.size, isCut };
}

function judge(stats: Stats, limitBytes: number): Refusal | undefined {
  if (stats.isSymbolicLink()) return moved();
  if (!stats.isFile()) return refuse('kind', `is ${toKind(stats)}, not a file`);
  return stats.size > limitBytes ? tooLarge(limitBytes, stats.size) : undefined;
}

function tooLarge(limitBytes: number, sizeBytes?: number): Refusal {
  return refuse('large', `is larger than ${toSize(limitBytes)}${sizeBytes === undefined ? '' : ` (${toSize(sizeBytes)})`}`);
}

function toSize(bytes: number): string {
  const [unit, size] = bytes >= 2 ** 30 ? ['GiB', bytes / 2 ** 30] : bytes >= 2 ** 20 ? ['MiB', bytes / 2 ** 20] : bytes >= 2 ** 10 ? ['KiB', bytes / 2 ** 10] : ['bytes', bytes];
  return `${Number(size.toFixed(1))} ${unit}`;
}

/** To the end, or to one byte over the limit. The stated size is not trusted: /proc states 0. */
function readToLimit(handle: number, limit: number, sizeHint: number): Buffer {
  let buffer = Buffer.allocUnsafe(Math.min(limit, Math.max(sizeHint, 4096)) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(handle, buffer, length, buffer.length - length, null);
    length += count;
    // One byte more was asked for than the stated size; what gave just that size has ended there.
    if (count === 0 || length > limit || (length === sizeHint && length < buffer.length)) return buffer.subarray(0, length);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, limit + 1));
  }
}

function toPlace(path: string): string | Refusal {
  try {
    return realpathSync.native(path);
  } catch (error) {
    return toRefusal(error);
  }
}

/** A root that is not there has nothing in it. */
function toRealRoot(root: string): string {
  const real = toPlace(root);
  return typeof real === 'string' ? real : root;
}
