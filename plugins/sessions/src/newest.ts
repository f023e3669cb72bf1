import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { parseEntry, parseHeader } from './format.ts';

/** Clocks of file systems are coarse, by up to two seconds. */
const COARSE_MS = 2000;
/** Read from the end of a transcript, doubled until it holds an entry; and from its beginning. */
const PART_BYTES = 64 * 1024;

/**
 * Transcripts, the one with the latest entry first. Nothing in a file is later than its last change, so of many only the
 * ends of the few are read that could come next.
 */
export function* newestFirst(files: readonly string[]): Generator<string> {
  const changed = files.flatMap((file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ file, atMs: stats.mtimeMs }];
  }).sort((a, b) => a.atMs - b.atMs);
  /** Looked at, the newest last. */
  const known: { file: string; atMs: number }[] = [];
  while (changed.length + known.length > 0) {
    while (changed.length > 0 && changed.at(-1)!.atMs + COARSE_MS >= (known.at(-1)?.atMs ?? -Infinity)) {
      const { file } = changed.pop()!;
      const atMs = tryLastUse(file);
      if (atMs !== undefined) known.push({ file, atMs });
      known.sort((a, b) => a.atMs - b.atMs || (a.file < b.file ? 1 : -1));
    }
    const next = known.pop();
    if (next !== undefined) yield next.file;
  }
}

/** Nothing of a file that may not be read, or has just gone: others go on without it. */
function tryLastUse(file: string): number | undefined {
  try {
    return lastUseMs(file);
  } catch {
    return undefined; // A list names it.
  }
}

/** When the last entry was written, or a fork was made of another session; 0 where there is none. */
function lastUseMs(file: string): number {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const head = readPart(descriptor, 0, Math.min(size, PART_BYTES));
    const header = parseHeader(head.subarray(0, Math.max(0, head.indexOf(10))));
    return Math.max(lastEntryMs(descriptor, size), header?.forkedFrom === undefined ? 0 : header.startedMs);
  } finally {
    closeSync(descriptor);
  }
}

function lastEntryMs(descriptor: number, size: number): number {
  for (let bytes = PART_BYTES; ; bytes *= 2) {
    const from = Math.max(0, size - bytes);
    const lines = readPart(descriptor, from, size - from);
    for (let end = lines.lastIndexOf(10); end > 0;) {
      const start = lines.lastIndexOf(10, end - 1) + 1;
      if (start === 0 && from > 0) break; // It may begin further up.
      const entry = parseEntry(lines.subarray(start, end));
      if (entry !== undefined) return entry.event.atMs;
      end = start - 1;
    }
    if (from === 0) return 0;
  }
}

function readPart(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}
