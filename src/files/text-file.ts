import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';

/** A file up to this is read whole; a larger one is shown in parts and not edited. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

export interface TextFile {
  /** The whole text without its byte-order mark, line ends as they are. A byte that is not UTF-8 is `U+DC00` plus its value. */
  text: string;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Begins with a byte-order mark. */
  mark: boolean;
  /** How many bytes are not UTF-8. */
  strayBytes: number;
}

/** What a file that is not text is, in a few words. */
export interface BinaryFile { kind: string }

const MARKS: readonly { bytes: readonly number[]; encoding: TextFile['encoding'] }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

const KINDS: readonly [kind: string, offset: number, start: string][] = [
  ['a PNG image', 0, '\x89PNG'], ['a JPEG image', 0, '\xff\xd8\xff'], ['a GIF image', 0, 'GIF8'], ['a WebP image', 8, 'WEBP'],
  ['a PDF document', 0, '%PDF-'], ['a ZIP archive', 0, 'PK\x03\x04'], ['a gzip archive', 0, '\x1f\x8b'], ['an xz archive', 0, '\xfd7zXZ\0'],
  ['a zstd archive', 0, '\x28\xb5\x2f\xfd'], ['a bzip2 archive', 0, 'BZh'], ['a tar archive', 257, 'ustar'], ['an ELF program', 0, '\x7fELF'],
  ['a Windows program', 0, 'MZ'], ['a Mach-O program', 0, '\xcf\xfa\xed\xfe'], ['a WebAssembly module', 0, '\0asm'], ['an SQLite database', 0, 'SQLite format 3\0'],
  ['UTF-32 text', 0, '\xff\xfe\0\0'], ['UTF-32 text', 0, '\0\0\xfe\xff'],
];

/** How much of a file that is not UTF-8 is looked at to tell another 8-bit encoding from data. */
const SAMPLE_BYTES = 8192;

/** Reads from the start, to the end or to one byte over `limit`. The size that the system states is not trusted: /proc states 0. */
export async function readUpTo(handle: FileHandle, limit: number, sizeHint: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(limit, Math.max(sizeHint, 4096)) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    // One byte more was asked for than the stated size; what gave just that size has ended there.
    if (bytesRead === 0 || length > limit || (length === sizeHint && length < buffer.length)) return buffer.subarray(0, length);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, limit + 1));
  }
}

/** Text with its encoding, or what else it is. Nothing is lost: `encodeText` gives the same bytes again. */
export function decodeText(bytes: Buffer): TextFile | BinaryFile {
  const known = KINDS.find(([, offset, start]) => bytes.toString('latin1', offset, offset + start.length) === start);
  const { encoding, bytes: mark } = MARKS.find(({ bytes: mark }) => mark.every((byte, index) => bytes[index] === byte)) ?? { encoding: 'utf-8', bytes: [] };
  const body = bytes.subarray(mark.length);
  if (encoding !== 'utf-8') {
    const text = body.length % 2 === 0 ? decodeUtf16(body, encoding) : '\0';
    return text.includes('\0') ? { kind: known?.[0] ?? 'binary data' } : { text, encoding, mark: true, strayBytes: 0 };
  }
  if (body.includes(0)) return { kind: known?.[0] ?? 'binary data' };
  if (isUtf8(body)) return { text: body.toString('utf8'), encoding, mark: mark.length > 0, strayBytes: 0 };
  if (known !== undefined || looksBinary(body.subarray(0, SAMPLE_BYTES))) return { kind: known?.[0] ?? 'binary data' };
  return { ...decodeStray(body), encoding, mark: mark.length > 0 };
}

export function encodeText({ text, encoding, mark }: Omit<TextFile, 'strayBytes'>): Buffer {
  const body = encoding === 'utf-8' ? encodeUtf8(text) : Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') body.swap16();
  return mark ? Buffer.concat([Buffer.from(MARKS.find((known) => known.encoding === encoding)!.bytes), body]) : body;
}

export function isBinary(file: TextFile | BinaryFile): file is BinaryFile {
  return 'kind' in file;
}

function decodeUtf16(body: Buffer, encoding: TextFile['encoding']): string {
  return (encoding === 'utf-16be' ? Buffer.from(body).swap16() : body).toString('utf16le');
}

/** Text in an old 8-bit encoding has no control characters but those that lay it out; in data one byte in ten is another one. */
function looksBinary(sample: Buffer): boolean {
  return sample.filter(isOddControl).length > sample.length * 0.02;
}

function isOddControl(byte: number): boolean {
  return byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b;
}

function decodeStray(body: Buffer): { text: string; strayBytes: number } {
  let text = '';
  let strayBytes = 0;
  let start = 0;
  for (let at = 0; at < body.length;) {
    const length = sequenceLength(body, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += body.toString('utf8', start, at) + String.fromCharCode(0xdc00 + body[at]!);
    strayBytes++;
    start = ++at;
  }
  return { text: text + body.toString('utf8', start), strayBytes };
}

function encodeUtf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  // A lone low surrogate stands for a byte; with the `u` flag none that belongs to a pair is found.
  const parts = text.split(/([\u{dc80}-\u{dcff}])/u);
  return Buffer.concat(parts.map((part, index) => (index % 2 === 1 ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, 'utf8'))));
}

/** Length of the UTF-8 sequence that starts here; 0 when there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  for (let index = 1; index < length; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  // Overlong forms, surrogates and what is beyond U+10FFFF.
  if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) || (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return 0;
  return length;
}
