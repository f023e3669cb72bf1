import { inflateSync } from 'node:zlib';

export interface PdfInfo {
  /** Nothing where it cannot be told. */
  pages: number | undefined;
  /** A password, or at least a key, is needed to read it. */
  isEncrypted: boolean;
  /** It has its last mark, so it seems to be whole. */
  isWhole: boolean;
}

/** Objects of newer documents stand in compressed streams; of those as many, and as much of each, are unpacked. */
const MAX_STREAMS = 5000;
const MAX_STREAM_BYTES = 4 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
/** The last mark may have some bytes behind it. */
const TAIL_BYTES = 2048;

/** What can be said of a PDF document without drawing it. */
export function readPdfInfo(bytes: Buffer): PdfInfo {
  const text = bytes.toString('latin1');
  const isEncrypted = /\/Encrypt\s+\d+\s+\d+\s+R/.test(text) || /\/Encrypt\s*<</.test(text);
  return { pages: isEncrypted ? undefined : countPages(text, bytes), isEncrypted, isWhole: text.includes('%%EOF', text.length - TAIL_BYTES) };
}

/** The tree of pages tells how many there are; where parts of it were written again, the largest number is the whole. */
function countPages(text: string, bytes: Buffer): number | undefined {
  let most = largestCount(text);
  let unpacked = 0;
  let streams = 0;
  for (const { index } of text.matchAll(/\/ObjStm\b/g)) {
    if (++streams > MAX_STREAMS || unpacked > MAX_UNPACKED_BYTES) break;
    const objects = unpack(text, bytes, index);
    unpacked += objects.length;
    most = Math.max(most, largestCount(objects));
  }
  return most === 0 ? undefined : most;
}

function largestCount(text: string): number {
  let most = 0;
  for (const { index } of text.matchAll(/\/Type\s*\/Pages\b/g)) {
    // The entries of one object, in any order.
    const around = text.slice(Math.max(0, text.lastIndexOf('<<', index)), index + 20_000);
    const count = /^[^]{0,20000}?\/Count\s+(\d{1,7})/.exec(around.split('endobj', 1)[0]!);
    if (count !== null) most = Math.max(most, Number(count[1]));
  }
  return most;
}

function unpack(text: string, bytes: Buffer, index: number): string {
  const start = /stream\r?\n/.exec(text.slice(index, index + 2000));
  if (start === null) return '';
  const from = index + start.index + start[0].length;
  const to = text.indexOf('endstream', from);
  try {
    return inflateSync(bytes.subarray(from, to === -1 ? undefined : to), { maxOutputLength: MAX_STREAM_BYTES }).toString('latin1');
  } catch {
    return ''; // Packed in another way, larger than it should be, or broken: its pages stay unknown.
  }
}
