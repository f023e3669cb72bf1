import { PithError } from '@pith/kernel';

/** One server-sent event. */
export interface SseEvent {
  /** Empty where the stream named none. */
  event: string;
  data: string;
  /** It was pending when the bytes ended, so it may be half an event. */
  cut?: true;
}

/** A line, or the data of one event, may be this long: a reply's last event holds the whole reply again. */
export const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** Room that is kept for the next line. */
const KEPT_BYTES = 64 * 1024;

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * Bytes in, events out; the same events however the bytes are cut.
 *
 * Lines are found in the bytes and decoded whole, so a cut inside a character needs no care.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class SseReader {
  readonly #maxBytes: number;
  /** The beginning of a line whose end has not come. */
  #pending = NOTHING;
  #pendingBytes = 0;
  #dataLength = 0;
  #event = '';
  #data: string | undefined;
  #afterCr = false;
  #started = false;

  constructor(maxBytes = MAX_EVENT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** @throws PithError PROVIDER_PROTOCOL when a line is too long */
  push(chunk: Uint8Array, out: SseEvent[]): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.length === 0) return;
    let start = this.#afterCr && bytes[0] === LF ? 1 : 0;
    this.#afterCr = false;
    let cr = bytes.indexOf(CR, start);
    let lf = bytes.indexOf(LF, start);
    while (cr !== -1 || lf !== -1) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      this.#takeLine(this.#complete(bytes, start, end), out);
      start = end + 1;
      if (end === cr) {
        if (start === bytes.length) this.#afterCr = true;
        else if (bytes[start] === LF) start++;
        cr = bytes.indexOf(CR, start);
      }
      if (lf !== -1 && lf < start) lf = bytes.indexOf(LF, start);
    }
    if (start < bytes.length) this.#keep(start === 0 ? bytes : bytes.subarray(start));
  }

  /** The bytes are over: what is still pending is handed out, marked as cut. */
  end(out: SseEvent[]): void {
    if (this.#pendingBytes > 0) this.#takeLine(this.#complete(NOTHING, 0, 0), out);
    if (this.#data !== undefined) out.push({ event: this.#event, data: this.#data, cut: true });
    this.#data = undefined;
  }

  /** Room grows by doubling, so that a long line in small pieces is not copied again for each. */
  #keep(bytes: Buffer): void {
    const needed = this.#pendingBytes + bytes.length;
    if (needed > this.#maxBytes) throw this.#tooLong('a line');
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#pending.length * 2));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    bytes.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes = needed;
  }

  #complete(bytes: Buffer, start: number, end: number): string {
    let line = bytes;
    if (this.#pendingBytes > 0) {
      this.#keep(bytes.subarray(start, end));
      line = this.#pending;
      start = 0;
      end = this.#pendingBytes;
      this.#pendingBytes = 0;
      if (line.length > KEPT_BYTES) this.#pending = NOTHING;
    }
    if (end - start > this.#maxBytes) throw this.#tooLong('a line');
    if (!this.#started) {
      this.#started = true;
      if (line[start] === 0xef && line[start + 1] === 0xbb && line[start + 2] === 0xbf && end - start >= 3) start += 3;
    }
    return line.toString('utf8', start, end);
  }

  #takeLine(line: string, out: SseEvent[]): void {
    if (line === '') return this.#dispatch(out);
    const colon = line.indexOf(':');
    if (colon === 0) return; // A comment.
    const field = colon === -1 ? line : line.slice(0, colon);
    if (field !== 'data' && field !== 'event') return; // `id` and `retry` are for reconnecting, which nobody does here.
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    if (field === 'event') {
      this.#event = value;
      return;
    }
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    this.#dataLength += value.length;
    if (this.#dataLength > this.#maxBytes) throw this.#tooLong('an event');
  }

  #dispatch(out: SseEvent[]): void {
    if (this.#data !== undefined) out.push({ event: this.#event, data: this.#data });
    this.#data = undefined;
    this.#dataLength = 0;
    this.#event = '';
  }

  #tooLong(what: 'a line' | 'an event'): PithError {
    return new PithError(`The provider sent ${what} longer than ${this.#maxBytes} bytes`, {
      code: 'PROVIDER_PROTOCOL', origin: 'provider', hint: 'Look at what answers at the provider’s address; this is no stream of a model.',
    });
  }
}
