import { createHash } from 'node:crypto';
import { opendirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, basename, parse } from 'node:path';
import { type HeldFolder, inFolder, lookIn, readFileIn, toKind, toStamp } from '@pith/files';

/** What stands at a path: nothing, which is also a folder that holds something; a file or a link of which the bytes are kept; an empty folder; or something that could not be kept. */
export type Entry = null | Kept | Empty | Left;
export interface Kept { id: string; mode: number; link?: true }
export interface Empty { folder: true; mode: number }
/** Why not, and what tells whether it has changed since. */
export interface Left { left: string; stamp: string }

/** `after` is absent where the call has not ended, or never did. */
export interface Change { path: string; before: Entry; after?: Entry }

export interface SizeLimits { fileBytesMax: number; binaryBytesMax: number }

const SAMPLE_BYTES = 8192;
const LINK_MODE = 0o777;

export const isLeft = (entry: Entry): entry is Left => entry !== null && 'left' in entry;
export const isEmpty = (entry: Entry): entry is Empty => entry !== null && 'folder' in entry;
export const isKept = (entry: Entry): entry is Kept => entry !== null && 'id' in entry;

/** Nothing is lost where one stands in the place of the other: an empty folder is all or nothing of what there is to see. */
export const isLike = (a: Entry, b: Entry): boolean => isSame(a, b) || ((a === null || isEmpty(a)) && (b === null || isEmpty(b)));


export function isSame(a: Entry, b: Entry): boolean {
  if (a === null || b === null) return a === b;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b) && a.mode === b.mode;
  if (isLeft(a) || isLeft(b)) return isLeft(a) && isLeft(b) && a.stamp === b.stamp;
  return a.id === b.id && a.mode === b.mode && a.link === b.link;
}

/** What stands at exactly this path, no link followed. @param keep is given the bytes, and says by which id they are found */
export function readEntry(path: string, limits: SizeLimits, keep: (bytes: Buffer) => string = toId): Entry {
  const held = rootOf(path);
  const stats = lookIn(held, path);
  // Of a folder only what is in it counts.
  if (stats === undefined) return null;
  if (stats.isDirectory()) return inFolder(held, path, hasNone) === true ? { folder: true, mode: toMode(stats) } : null;
  if (stats.isSymbolicLink()) {
    const target = inFolder(held, dirname(path), (place) => readlinkSync(join(place, basename(path)), { encoding: 'buffer' }));
    return target === undefined ? null : { id: keep(target), mode: LINK_MODE, link: true };
  }
  const why = whyNotKept(stats, limits);
  if (why !== undefined) return { left: why, stamp: toStamp(stats) };
  const bytes = readFileIn(held, path, limits.fileBytesMax);
  if (bytes === undefined) return { left: 'it cannot be read', stamp: toStamp(stats) };
  if (bytes.length > limits.binaryBytesMax && hasNul(bytes)) return { left: tooLarge(limits.binaryBytesMax, 'a file that is no text'), stamp: toStamp(stats) };
  return { id: keep(bytes), mode: toMode(stats) };
}

/** @param folder a path that leads to it while this runs */
function hasNone(folder: string): boolean {
  const open = opendirSync(folder);
  try {
    return open.readSync() === null;
  } finally {
    open.closeSync();
  }
}

/** By what can be told without opening it. */
export function whyNotKept(stats: Stats, { fileBytesMax }: SizeLimits): string | undefined {
  if (!stats.isFile()) return `it is ${toKind(stats)}`;
  return stats.size > fileBytesMax ? tooLarge(fileBytesMax, 'a file') : undefined;
}

export function tooLarge(limitBytes: number, what: string): string {
  return `it is larger than ${limitBytes} bytes, which is the limit for ${what}`;
}

export const hasNul = (bytes: Buffer): boolean => bytes.subarray(0, SAMPLE_BYTES).includes(0);

/** Windows has no such bits. */
export const toMode = (stats: Stats): number => (process.platform === 'win32' ? 0o644 : stats.mode & 0o7777);

/** As git names them. */
export function toId(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

export function rootOf(path: string): HeldFolder {
  const { root } = parse(path);
  return { path: root, anchor: root };
}
