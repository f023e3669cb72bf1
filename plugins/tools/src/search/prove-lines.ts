import { join } from 'node:path';
import { type HeldFolder, readFileIn } from '@pith/files';
import { type FoundLine, MAX_SEARCHED_BYTES } from './job.ts';

/** A line as ripgrep gave it, and which part of it is kept. */
export interface GivenLine extends FoundLine {
  /** Characters of the whole line. */
  length: number;
  /** What of it is kept, and from which character on. */
  kept: string;
  from: number;
}

/**
 * Whether all lines stand in the file at just this path. ripgrep opens files by their names: a link that took a folder's place at
 * that very moment would lead it elsewhere, and be gone again by the time anybody looks.
 */
export function standIn(folder: HeldFolder, path: string, lines: readonly GivenLine[]): boolean {
  const bytes = readFileIn(folder, join(folder.path, path), MAX_SEARCHED_BYTES);
  if (bytes === undefined) return false;
  const own = decode(bytes).split('\n');
  return lines.every(({ line, length, kept, from }) => {
    const text = own[line - 1]?.replace(/\r$/, '');
    return text?.length === length && text.startsWith(kept, from);
  });
}

/** As ripgrep does: UTF-16 by its mark, anything else as UTF-8. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.toString().replace(/^\ufeff/, '');
}
