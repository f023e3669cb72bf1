import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { type Block, isPithError, PithError, readWhole, toMessage } from '@pith/kernel';
import { decode } from './prompt.ts';

/** One attached file. */
export const ATTACH_LIMIT_BYTES = 20 * 1024 * 1024;

const SIGNATURES: readonly { mediaType: string; matches: (bytes: Buffer) => boolean }[] = [
  { mediaType: 'image/png', matches: (bytes) => bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) },
  { mediaType: 'image/jpeg', matches: (bytes) => bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')) },
  { mediaType: 'image/gif', matches: (bytes) => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6)) },
  { mediaType: 'image/webp', matches: (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP' },
  { mediaType: 'application/pdf', matches: (bytes) => bytes.toString('latin1', 0, 5) === '%PDF-' },
];

/**
 * A file from the command line as a block of the input: an image or a PDF by its first bytes, anything else as text.
 * @throws PithError INPUT_UNREADABLE, INPUT_TOO_LARGE, INPUT_BINARY
 */
export async function readAttachment(file: string, cwd: string): Promise<Block> {
  const bytes = await readBounded(resolve(cwd, file), file);
  const kind = SIGNATURES.find(({ matches }) => matches(bytes));
  if (kind === undefined) return { type: 'text', text: `<file name=${JSON.stringify(basename(file))}>\n${decode(bytes, file)}\n</file>` };
  const source = { kind: 'base64' as const, mediaType: kind.mediaType, data: bytes.toString('base64') };
  return kind.mediaType === 'application/pdf' ? { type: 'document', source, title: basename(file) } : { type: 'image', source };
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
