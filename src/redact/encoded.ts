import { findShapes } from './shape-finder.ts';
import type { Span } from './span.ts';

const RUN_MIN = 32;
/** What binary data begins with in one of three texts of this length. */
const SAMPLE = 24;

/** Adds every run of base64 that is a text in which something looks like a key, as Kubernetes keeps its secrets. */
export function findEncoded(text: string, into: Span[]): void {
  for (let at = RUN_MIN - 1; at < text.length; at += RUN_MIN) {
    if (!isBase64(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isBase64(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && isBase64(text.charCodeAt(end))) end++;
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

function isBase64(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 47 && unit <= 57) || unit === 43 || unit === 45 || unit === 95;
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13);
}
