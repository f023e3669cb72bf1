import { readPlainFile, type ReadOptions } from './read-plain.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { decodeText, isBinary, MAX_TEXT_BYTES, type TextFile } from './text-file.ts';

export interface TextOfFile {
  /** Without a byte-order mark, line ends as they are. What is no character of the encoding is U+FFFD. */
  text: string;
  encoding: TextFile['encoding'];
  /** How many bytes are not UTF-8: more than none means another encoding, or damage. */
  strayBytes: number;
  /** The path with all links resolved: two names of one file have the same. */
  place: string;
  /** Tells whether the file has changed since. */
  stamp: string;
  sizeBytes: number;
  isCut: boolean;
}

/** A file's text, or why there is none: see `readPlainFile`. UTF-16 is known by its mark; what is no text is refused by what it is. */
export function readTextFile(path: string, { limitBytes = MAX_TEXT_BYTES, ...options }: Partial<ReadOptions> = {}): TextOfFile | Refusal {
  const read = readPlainFile(path, { ...options, limitBytes });
  if (isRefusal(read)) return read;
  const { bytes, isCut, ...file } = read;
  const decoded = decodeText(isCut ? withoutHalf(bytes) : bytes);
  if (isBinary(decoded)) return refuse('binary', `is ${decoded.kind}, not text`);
  const { text, encoding, strayBytes } = decoded;
  return { text: text.toWellFormed(), encoding, strayBytes, isCut, ...file };
}

/** Without the part of a character at the end. */
function withoutHalf(bytes: Buffer): Buffer {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) return bytes.subarray(0, bytes.length - bytes.length % 2);
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && (bytes[start]! & 0xc0) === 0x80) start--;
  const lead = bytes[start] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - start < wanted ? bytes.subarray(0, start) : bytes;
}
