import type { FileHandle } from 'node:fs/promises';

export const DEFAULT_LINES = 2000;
export const MAX_CHARACTERS = 60_000;
/** A longer line is cut, visibly. */
export const MAX_LINE_CHARACTERS = 2000;
/** A line of a file too large to be read whole is looked for within this many bytes. */
export const MAX_SCAN_BYTES = 256 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

export interface Window {
  /** The lines as they are, ends included; cut lines excepted. */
  text: string;
  /** 1-based; `last` is before `first` when there are no lines. */
  first: number;
  last: number;
  /** Numbers of the lines that were cut. */
  cut: readonly number[];
  /** There are lines after the last one. */
  more: boolean;
}

/**
 * Up to `limit` lines from line `first` on, within `MAX_CHARACTERS`. At least one line, if there is one.
 * @param text begins with line `textFirst`
 */
export function cutWindow(text: string, { first, limit, textFirst = 1 }: { first: number; limit: number; textFirst?: number }): Window {
  let at = skipLines(text, first - textFirst);
  const cut: number[] = [];
  let shown = '';
  let line = first;
  for (; line < first + limit && at < text.length; line++) {
    const end = lineEnd(text, at);
    const piece = cutLine(text.slice(at, end));
    if (shown !== '' && shown.length + piece.length > MAX_CHARACTERS) break;
    if (piece.length !== end - at) cut.push(line);
    shown += piece;
    at = end;
  }
  return { text: shown, first, last: line - 1, cut, more: at < text.length };
}

/** Lines of a text; one without an end counts, nothing after the last end does not. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at = lineEnd(text, at)) count++;
  return count;
}

/**
 * Where line `line` begins in a file too large to be read whole.
 * @returns the offset in bytes; nothing when the file ends, or `MAX_SCAN_BYTES` do, before that line, or a hole of a sparse file comes
 */
export async function findLine(handle: FileHandle, line: number, signal: AbortSignal): Promise<number | undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let position = 0;
  for (let missing = line - 1; missing > 0;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0 || position > MAX_SCAN_BYTES) return undefined;
    const chunk = buffer.subarray(0, bytesRead);
    if (chunk.equals(ZEROS)) return undefined;
    let at = 0;
    for (; missing > 0; missing--) {
      const end = chunk.indexOf(0x0a, at);
      if (end === -1) break;
      at = end + 1;
    }
    position += missing > 0 ? bytesRead : at;
  }
  return position;
}

function skipLines(text: string, count: number): number {
  let at = 0;
  for (let skipped = 0; skipped < count && at < text.length; skipped++) at = lineEnd(text, at);
  return at;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at + 1;
}

function cutLine(line: string): string {
  if (line.length <= MAX_LINE_CHARACTERS + 100) return line; // A note longer than what it leaves out helps nobody.
  const end = /\r?\n?$/.exec(line)![0];
  const head = line.slice(0, MAX_LINE_CHARACTERS - (isHighSurrogate(line, MAX_LINE_CHARACTERS - 1) ? 1 : 0));
  return `${head}… [${line.length - end.length - head.length} more characters in this line]${end}`;
}

function isHighSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit <= 0xdbff;
}
