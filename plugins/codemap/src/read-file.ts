import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isRefusal, readAt } from '@pith/files';
import type { Entry, Skipped } from './entry.ts';
import { loadReader } from './grammar.ts';
import type { Language } from './language.ts';
import { parseText } from './parse.ts';

/** A larger file is not read: nobody wrote it. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** How long one file may take. */
const LIMIT_MS = 2000;
/** What holds more characters a line on average was made by a program. */
const MAX_AVERAGE_LINE = 300;
const MIN_MINIFIED = 5000;

export interface FileJob { path: string; language: Language; /** What is known of it; then nothing is parsed where its bytes are the same. */ hash?: string }
/** `same` where the bytes have the hash that was given. */
export type FileAnswer = { path: string; stamp: string } & ({ same: true } | { entry: Entry });

export async function readCode(root: string, { path, language, hash: known }: FileJob): Promise<FileAnswer> {
  const nothing = (skipped: Skipped, stamp: string, hash = ''): FileAnswer => ({ path, stamp, entry: { path, stamp, hash, lines: 0, symbols: [], calls: [], skipped } });
  const read = readAt(join(root, path), { limitBytes: MAX_FILE_BYTES });
  if (isRefusal(read)) return nothing('gone', '');
  const { bytes, stamp } = read;
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  if (hash === known) return { path, stamp, same: true };
  if (bytes.subarray(0, 8192).includes(0)) return nothing('binary', stamp, hash);
  const text = bytes.toString('utf8');
  if (isMinified(text)) return nothing('minified', stamp, hash);
  const parsed = parseText(text, await loadReader(language), LIMIT_MS);
  if (parsed === undefined) return nothing('slow', stamp, hash);
  return { path, stamp, entry: { path, stamp, hash, ...parsed } };
}

function isMinified(text: string): boolean {
  if (text.length < MIN_MINIFIED) return false;
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return text.length / lines > MAX_AVERAGE_LINE;
}
