import { QUOTE, skipSpace, skipString, skipValue, toText } from './scan-json.ts';
import { asObject, type Counted, count, lastEvents, nothingCounted } from './usage.ts';
import type { Endpoint } from './target.ts';

/** Reads from a reply, as it passes, what goes on the books. Nothing of it is held up or kept beyond `maxBytes`. */
export interface UsageScanner {
  readonly counted: Counted;
  push(chunk: Buffer): void;
  /** Nothing more will come. */
  end(): void;
}

/** An event stream, cut anywhere. Of its events only those are parsed that name tokens, an error or the end. */
export class StreamScanner implements UsageScanner {
  readonly counted = nothingCounted();
  readonly #last: readonly string[];
  readonly #maxChars: number;
  /** The line that is coming is that of the last event, and too long to be kept. */
  #isLast = false;
  /** A line that has not come whole: its beginning, and what has come since, which is looked at once its end is there. */
  #rest = '';
  #more: Buffer[] = [];
  #moreBytes = 0;

  constructor(endpoint: Endpoint, maxBytes: number) {
    this.#last = lastEvents(endpoint);
    this.#maxChars = maxBytes;
  }

  push(chunk: Buffer): void {
    if (!hasLineEnd(chunk)) {
      this.#more.push(chunk);
      this.#moreBytes += chunk.length;
      if (this.#moreBytes > this.#maxChars) this.#rest = this.#shorten(this.#takeRest());
      return;
    }
    // As characters of one byte: JSON's own are ASCII, and numbers and names of models, too.
    const text = this.#takeRest() + chunk.toString('latin1');
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    if (mayCount(text)) this.#read(end === text.length ? text : text.slice(0, end));
    if (end > 0 && !this.counted.isEnded && (this.#isLast || this.#last.some((mark) => text.includes(mark)))) this.#seekEnd(text.slice(0, end));
    this.#rest = end === text.length ? '' : this.#shorten(text.slice(end));
  }

  end(): void {
    this.#rest = this.#takeRest();
    if (this.#rest !== '' && mayCount(this.#rest)) this.#read(this.#rest);
    if (this.#rest !== '' && !this.counted.isEnded) this.#seekEnd(this.#rest);
    this.#rest = '';
  }

  #takeRest(): string {
    if (this.#moreBytes === 0) return this.#rest;
    const rest = this.#rest + Buffer.concat(this.#more).toString('latin1');
    [this.#more, this.#moreBytes] = [[], 0];
    return rest;
  }

  #seekEnd(text: string): void {
    this.counted.isEnded = this.#isLast || text.split(/[\r\n]+/).some((line) => isLastLine(line, this.#last));
  }

  /** Of a line that is too long to be kept, the last part: an event's usage stands behind its texts. */
  #shorten(line: string): string {
    if (line.length <= this.#maxChars) return line;
    this.#isLast ||= this.#last.some((mark) => line.slice(0, 1024).includes(mark)) && isLastLine(line, this.#last);
    return `data:${line.slice(-(this.#maxChars >> 1))}`;
  }

  #read(text: string): void {
    for (const line of text.split(/[\r\n]+/)) {
      if (line.startsWith('data:') && mayCount(line)) count(this.counted, readEvent(line.slice('data:'.length)));
    }
  }
}

/** Most pieces are whole events. */
const hasLineEnd = (chunk: Buffer): boolean => chunk[chunk.length - 1] === 0x0a || chunk.includes(0x0a) || chunk.includes(0x0d);

/** Within a text of the reply the quotes would be escaped. Streams of chat say `"usage":null` with every word. */
function mayCount(text: string): boolean {
  const usage = text.indexOf('"usage"');
  if (usage !== -1 && (!text.startsWith(':null', usage + 7) || text.includes('"usage":{', usage))) return true;
  return text.includes('"error"');
}

/** Whether it is the last event itself that says so, and not a text of the reply. */
function isLastLine(line: string, marks: readonly string[]): boolean {
  if (!line.startsWith('data:') || !marks.some((mark) => line.includes(mark))) return false;
  const data = line.slice('data:'.length).trim();
  if (data === '[DONE]') return true;
  const type = /^\{\s*"type"\s*:\s*("[\w.]+")/.exec(data)?.[1] ?? JSON.stringify(readTop(Buffer.from(data, 'latin1'))['type'] ?? null);
  return type !== '"[DONE]"' && marks.includes(type);
}

function readEvent(data: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(data));
  } catch {
    return { usage: lastUsage(Buffer.from(data, 'latin1')) }; // Its beginning was too far back to be kept.
  }
}

/** Where a reply comes in tiny pieces. */
const PARTS_MAX = 4096;

/** A reply in one piece of JSON. */
export class JsonScanner implements UsageScanner {
  readonly counted = nothingCounted();
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isWhole = true;
  readonly #isBounded: boolean;

  /** @param options `isBounded`: what has come is all of it; otherwise the JSON itself tells */
  constructor(maxBytes: number, { isBounded = true }: { isBounded?: boolean } = {}) {
    this.#maxBytes = maxBytes;
    this.#isBounded = isBounded;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#parts.length > PARTS_MAX) this.#parts = [Buffer.concat(this.#parts)];
    // Of a long reply the end is kept: its usage stands behind what was made.
    while (this.#bytes - this.#parts[0]!.length > this.#maxBytes) {
      if (this.#isWhole) Object.assign(this.counted, { model: readTop(this.#parts[0]!)['model'] ?? null });
      this.#bytes -= this.#parts.shift()!.length;
      this.#isWhole = false;
    }
  }

  end(): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = [];
    if (bytes.length > 0) count(this.counted, this.#isWhole ? readWhole(bytes) : { usage: lastUsage(bytes) });
    this.counted.isEnded = this.#isBounded || (this.#isWhole ? isWholeValue(bytes) : /[\]}]\s*$/.test(bytes.toString('latin1', Math.max(0, bytes.length - 16))));
  }
}

/** Of what is not whole one comes to the very end, also behind a comma. */
function isWholeValue(bytes: Buffer): boolean {
  const start = skipSpace(bytes, 0);
  return start < bytes.length && skipValue(Buffer.concat([bytes, COMMA]), start) <= bytes.length;
}

const COMMA = Buffer.from(',');

/** Up to this length a parser is faster than walking over what is not wanted. */
const SHORT = 2048;

function readWhole(bytes: Buffer): Record<string, unknown> {
  return bytes.length <= SHORT ? asObject(parse(bytes.toString('latin1'))) : readTop(bytes);
}

const WANTED = new Set(['type', 'model', 'usage', 'error', 'code']);

/** Of an object's first level the few members that are wanted; what was made is only passed over. */
function readTop(bytes: Buffer): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  let place = skipSpace(bytes, skipSpace(bytes, 0) + 1);
  while (place < bytes.length && bytes[place] === QUOTE) {
    const keyEnd = skipString(bytes, place);
    const start = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    const end = skipValue(bytes, start);
    const key = toText(bytes, { start: place, end: keyEnd });
    if (key !== undefined && WANTED.has(key)) found[key] = parse(bytes.toString('utf8', start, end));
    place = skipSpace(bytes, skipSpace(bytes, end) + 1);
  }
  return found;
}

/** The last object under the name `usage`, wherever that is. */
function lastUsage(bytes: Buffer): unknown {
  const name = bytes.lastIndexOf('"usage"');
  if (name === -1) return undefined;
  const start = skipSpace(bytes, skipSpace(bytes, name + '"usage"'.length) + 1);
  return parse(bytes.toString('utf8', start, skipValue(bytes, start)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Cut off, or no JSON: then nothing is known.
  }
}
