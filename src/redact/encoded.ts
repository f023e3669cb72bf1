import { findShapes } from './shape-finder.ts';
import type { Span } from './span.ts';

const RUN_MIN = 32;
/** What binary data begins with in one of three texts of this length. */
const SAMPLE = 24;
/** Of both alphabets, by code: most texts are looked at once in a process, so that a call for each character would be felt. */
const BASE64 = new Uint8Array(128);
for (const character of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')) BASE64[character] = 1;

/** Adds every run of base64 that is a text in which something looks like a key, as Kubernetes keeps its secrets. */
export function findEncoded(text: string, into: Span[]): void {
  for (let at = RUN_MIN - 1; at < text.length; at += RUN_MIN) {
    if (BASE64[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    while (start > 0 && BASE64[text.charCodeAt(start - 1)] === 1) start--;
    let end = at + 1;
    while (end < text.length && BASE64[text.charCodeAt(end)] === 1) end++;
    if (end - start >= RUN_MIN) findIn(text, start, end, into);
    at = Math.max(at, end - (end % RUN_MIN));
  }
}

function findIn(text: string, start: number, end: number, into: Span[]): void {
  if (!isText(Buffer.from(text.slice(start, start + SAMPLE), 'base64'))) return;
  const inner: Span[] = [];
  findShapes(Buffer.from(text.slice(start, end), 'base64').toString('latin1'), inner);
  if (inner[0] === undefined) return;
  let last = end;
  while (last < end + 2 && text[last] === '=') last++;
  into.push({ start, end: last, label: `${inner[0].label} in base64` });
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13);
}
