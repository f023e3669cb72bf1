import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Block, enclose, isPithError, PithError, readWhole, toMessage } from '@pith/kernel';
import { labelOf, toMediaBlock } from '@pith/files/media';
import { decode } from './prompt.ts';

/** One attached file. */
export const ATTACH_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * A file from the command line as a block of the input: an image or a PDF by its first bytes, anything else as text.
 * @throws PithError INPUT_UNREADABLE, INPUT_TOO_LARGE, INPUT_BINARY
 */
export async function readAttachment(file: string, cwd: string): Promise<Block> {
  const bytes = await readBounded(resolve(cwd, file), file);
  return toMediaBlock(bytes, file) ?? { type: 'text', text: enclose(decode(bytes, file), 'file', { name: basename(file) }), label: labelOf(file) };
}

async function readBounded(path: string, name: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isFile() && found.size > ATTACH_LIMIT_BYTES) throw new PithError(`${name} is larger than ${ATTACH_LIMIT_BYTES / 1024 / 1024} MiB`, { code: 'INPUT_TOO_LARGE', hint: 'Attach a smaller file, or name it in the prompt.' });
    const file = readWhole(path);
    if (file === undefined) throw new Error('it is gone');
    return file.bytes;
  } catch (error) {
    if (isPithError(error)) throw error;
    throw new PithError(`${name} cannot be attached: ${toMessage(error)}`, { code: 'INPUT_UNREADABLE', cause: error, hint: 'Name a file that is there and can be read.' });
  }
}
