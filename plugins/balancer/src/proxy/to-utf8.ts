const BYTES_ONLY = /^[\0-\xff]*$/;
const BEYOND_ASCII = /[\x80-\xff]/;

/** A text whose characters stand for one byte each, as UTF-8 where it is that; most are ASCII, and the same. */
export function toUtf8(text: string): string {
  if (!BEYOND_ASCII.test(text) || !BYTES_ONLY.test(text)) return text;
  const read = Buffer.from(text, 'latin1').toString('utf8');
  return read.includes('\ufffd') ? text : read;
}
