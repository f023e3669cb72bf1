import { isRefusal, readTextFile, type Refusal } from '@pith/files';

/** Beyond this it is no text that somebody wrote for a model. */
const TEXT_LIMIT_BYTES = 1024 * 1024;
/** Of all files of a kind, in characters: a planted thousand of the longest would fill the memory. */
export const MAX_TOTAL = 16 * TEXT_LIMIT_BYTES;
/** Of the byte order mark. */
const MARK_BYTES = 3;

export interface TextFile {
  /** As it is, with a byte order mark where there is one: trust is about every byte. */
  text: string;
  /** Tells whether it has changed since. */
  stamp: string;
}

/** Why there is no text, in words that follow the name of the file: what was found, what is allowed. */
export interface NoText { what: string; /** Bytes that were looked at to know it. */ lookedAt?: number }

/**
 * A text file of anybody's.
 * @param within the folder that it must not lead out of, `what` in words
 * @returns nothing where there is nothing
 */
export function readText(file: string, within: string | undefined, what = 'the project'): TextFile | NoText | undefined {
  const read = readTextFile(file, { limitBytes: TEXT_LIMIT_BYTES, ...(within === undefined ? {} : { roots: [within] }) });
  if (isRefusal(read)) return read.refused === 'missing' ? undefined : { what: toWords(read, what) };
  const { text, stamp, encoding, strayBytes, sizeBytes } = read;
  if (strayBytes > 0 || encoding !== 'utf-8') return { what: `is ${strayBytes > 0 ? 'not UTF-8 text' : `${encoding.toUpperCase()} text`}; save it as UTF-8`, lookedAt: sizeBytes };
  const hasMark = sizeBytes === Buffer.byteLength(text) + MARK_BYTES;
  return { text: hasMark ? `\ufeff${text}` : text, stamp };
}

export function isNoText(read: TextFile | NoText): read is NoText {
  return 'what' in read;
}

/** What it has cost to read it, in characters. */
export function lengthOf(read: TextFile | NoText): number {
  return isNoText(read) ? read.lookedAt ?? 0 : read.text.length;
}

function toWords({ refused, what }: Refusal, where: string): string {
  switch (refused) {
    case 'outside': return `leads out of ${where}; put the file itself there`;
    case 'denied': return 'may not be read; mend its permissions';
    default: return what;
  }
}
