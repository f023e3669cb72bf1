/** Steps over JSON in bytes, without making anything of it. Each takes a place and gives the one behind what it stepped over, at most the length. */

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The end of a string is looked for so far byte by byte. Beyond that the machine's own search is faster, though dearer to begin. */
const NEAR = 64;
/** Where a quote is escaped, others are: so far it is bytes again. */
const QUOTED = 1024;

export const at = (bytes: Buffer, place: number): number | undefined => (place < bytes.length ? bytes[place] : undefined);

export function skipSpace(bytes: Buffer, from: number): number {
  let place = from;
  for (; place < bytes.length; place++) {
    const byte = bytes[place];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return place;
}

/** @param from where its first quote is */
export function skipString(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let place = skipNear(bytes, from + 1, Math.min(length, from + NEAR));
  while (place < 0) {
    const quote = bytes.indexOf(QUOTE, -place);
    if (quote === -1) return length;
    // It ends the string unless an odd number of backslashes stands before it.
    let before = quote;
    while (before > -place && bytes[before - 1] === BACKSLASH) before--;
    if ((quote - before) % 2 === 0) return quote + 1;
    place = skipNear(bytes, quote + 1, Math.min(length, quote + QUOTED));
  }
  return Math.min(place, length);
}

/** @returns the place behind the last quote; where that is not before `to`, the place that was come to, negative */
function skipNear(bytes: Buffer, from: number, to: number): number {
  let place = from;
  while (place < to) {
    const byte = bytes[place++];
    if (byte === 0x22) return place;
    if (byte === 0x5c) place++;
  }
  return place >= bytes.length ? bytes.length : -place;
}

/** An object or a list with all that is in it, a string, or whatever goes on to the next comma, bracket or space. */
export function skipValue(bytes: Buffer, from: number): number {
  const { length } = bytes;
  if (bytes[from] === 0x22) return skipString(bytes, from);
  let depth = 0;
  let place = from;
  do {
    place = depth === 0 ? skipPlain(bytes, place) : skipInner(bytes, place);
    if (place >= length) return length;
    const byte = bytes[place];
    if (byte === 0x22) place = skipString(bytes, place);
    else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      place++;
    } else if (depth === 0) return place;
    else {
      depth--;
      place++;
    }
  } while (depth > 0);
  return place;
}

/** To the next quote or bracket. A loop that calls nothing is three times as fast as one that does. */
function skipInner(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let place = from;
  for (; place < length; place++) {
    const byte = bytes[place]!;
    if (byte === 0x22 || byte === 0x7b || byte === 0x5b || byte === 0x7d || byte === 0x5d) break;
  }
  return place;
}

/** To the end of a number or a word, or to the bracket that a value begins with. */
function skipPlain(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let place = from;
  for (; place < length; place++) {
    const byte = bytes[place]!;
    if (byte <= 0x20 || byte === 0x2c || byte === 0x22 || byte === 0x7b || byte === 0x5b || byte === 0x7d || byte === 0x5d) break;
  }
  return place;
}

/** Whether a string that was stepped over has its last quote. */
export const isClosed = (bytes: Buffer, end: number): boolean => bytes[end - 1] === QUOTE;

/** What a string says; nothing for what is no string. */
export function toText(bytes: Buffer, { start, end }: { start: number; end: number }): string | undefined {
  if (bytes[start] !== QUOTE || end - start < 2 || !isClosed(bytes, end)) return undefined;
  const text = bytes.toString('utf8', start + 1, end - 1);
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined; // An escape that JSON does not have: the server will say so.
  }
}
