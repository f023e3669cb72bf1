import { realpathSync, statSync } from 'node:fs';
import { readWhole, toMessage } from '@pith/kernel';
import { isWithin } from './places.ts';

/** Beyond this it is no text that somebody wrote for a model. */
export const TEXT_LIMIT_BYTES = 1024 * 1024;

export interface TextFile {
  text: string;
  /** Links resolved. */
  real: string;
  /** Tells whether it has changed since. */
  stamp: string;
}

/**
 * A text file of anybody's, which may be a giant, a pipe, or lead anywhere.
 * @param within the folder that it must not lead out of, `what` in words
 * @returns nothing where there is nothing
 * @throws Error in half a sentence that follows the name of the file: what was found, what is allowed
 */
export function readText(file: string, within: string | undefined, what = 'the project'): TextFile | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isFile() && stat.size > TEXT_LIMIT_BYTES) throw new Error(`it has ${stat.size} bytes; at most ${TEXT_LIMIT_BYTES} are read`);
  const real = realpathSync(file);
  if (within !== undefined && !isWithin(real, within)) throw new Error(`it leads out of ${what}, to ${real}; put the file itself there`);
  // What was judged is what is read: there is no link on the way to it any more, unless one is put there just now.
  const found = readWhole(real);
  if (found === undefined || realpathSync(file) !== real) return undefined;
  return { text: decode(found.bytes), real, stamp: found.stamp };
}

/** A byte order mark is taken off. */
function decode(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('it is not UTF-8 text; save it as UTF-8', { cause: error });
  }
  if (text.includes('\0')) throw new Error('it holds a NUL character, which no text does');
  return text;
}

/** Why a file cannot be read, in a sentence that follows its name. */
export function toReadProblem(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ELOOP') return 'it is a link that leads to itself';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read; mend its permissions';
  return toMessage(error);
}
