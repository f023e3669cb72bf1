import { basename, dirname } from 'node:path';
import { statSync } from 'node:fs';
import { isRefusal, readTextFile, toStamp } from '@pith/files';
import { INSTRUCTION_NAMES, type Level, type Owner, whyForeign } from './places.ts';

/** Of one file so much is told. */
export const MAX_FILE_BYTES = 64 * 1024;
/** The mark that some editors put in front. */
const MARK_BYTES = 3;
/** What is larger is no file of instructions. */
const MAX_SIZE_BYTES = 4 * 1024 * 1024;

export interface FileRequest {
  path: string;
  level: Level;
  /** Links may lead into this folder and nowhere else; nothing is anywhere. */
  bound: string | undefined;
  /** It is asked for by a text, and not by its name. */
  isImport: boolean;
  own?: Owner | undefined;
  /** Why a rule does not let it be read. */
  whyForbidden(place: string): Promise<string | undefined>;
}

export interface FileText {
  /** Line ends as `\n`. */
  text: string;
  /** The bytes as text, for trust, which belongs to the exact content. */
  raw: string;
  place: string;
  /** What is missing at its end. */
  cut?: string;
}

/** `isOutside`: it would have been read, had it been allowed to leave the project. */
export interface Unreadable { why: string; isMissing?: true; isOutside?: true }

/** The text of a file that may be anybody’s, or why it cannot be used, as the end of a sentence that begins with its name. */
export async function readFile({ path, level, bound, isImport, own, whyForbidden }: FileRequest): Promise<FileText | Unreadable> {
  const read = readTextFile(path, { limitBytes: MAX_FILE_BYTES, cut: true, ...(bound === undefined ? {} : { roots: [bound] }) });
  if (isRefusal(read)) return { why: read.what, ...(read.refused === 'missing' ? { isMissing: true } : read.refused === 'outside' ? { isOutside: true } : {}) };
  const { text, place, stamp, strayBytes, sizeBytes, isCut } = read;
  if (sizeBytes > MAX_SIZE_BYTES) return { why: `is larger than ${MAX_SIZE_BYTES / 1024 / 1024} MiB` };
  if (strayBytes > 0) return { why: `is not UTF-8 (${strayBytes} byte${strayBytes === 1 ? '' : 's'} of it)` };
  if (level === 'above' && bound !== undefined) {
    const foreign = lookForeign({ path, folder: bound, stamp, own });
    if (foreign !== undefined) return { why: foreign };
  }
  // A link could give it another file’s content under a name that no rule speaks of.
  const isNamed = place === path || (INSTRUCTION_NAMES.has(basename(place)) && dirname(place) === dirname(path));
  if (isImport || !isNamed) {
    const forbidden = await whyForbidden(place);
    if (forbidden !== undefined) return { why: `may not be read: ${forbidden}` };
  }
  const cut = isCut ? `[Cut here: ${MAX_FILE_BYTES / 1024} KiB of ${Math.ceil(sizeBytes / 1024)} KiB are shown.]` : undefined;
  const raw = sizeBytes === Buffer.byteLength(text) + MARK_BYTES ? `\ufeff${text}` : text;
  return { raw, text: text.replace(/\r\n?/g, '\n'), place, ...(cut === undefined ? {} : { cut }) };
}

/** What was opened must be what is judged. */
function lookForeign({ path, folder, stamp, own }: { path: string; folder: string; stamp: string; own: Owner | undefined }): string | undefined {
  try {
    const foreign = whyForeign(path, folder, own);
    return foreign ?? (toStamp(statSync(path)) === stamp ? undefined : 'changed while it was read');
  } catch {
    return 'changed while it was read';
  }
}
