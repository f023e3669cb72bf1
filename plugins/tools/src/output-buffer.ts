/** Of an output that is longer than both together, this much of its beginning and its end is kept. */
export const HEAD_BYTES = 10_000;
export const TAIL_BYTES = 20_000;

/**
 * What a command writes: its head and its tail, so that an endless output costs no more memory than a short one. Bytes are kept
 * as bytes and decoded once, at the end, so that no character is torn by the way in which they came.
 */
export class OutputBuffer {
  readonly #head: Buffer[] = [];
  #headLength = 0;
  /** A ring; made when the head is full. */
  #tail: Buffer | undefined;
  #tailEnd = 0;
  #tailLength = 0;
  #total = 0;

  /** Takes a copy: the caller may use its buffer again. */
  add(bytes: Buffer): void {
    this.#total += bytes.length;
    const room = Math.min(HEAD_BYTES - this.#headLength, bytes.length);
    if (room > 0) {
      this.#head.push(Buffer.from(bytes.subarray(0, room)));
      this.#headLength += room;
    }
    if (room < bytes.length) this.#addTail(bytes.subarray(Math.max(room, bytes.length - TAIL_BYTES)));
  }

  /** Everything since the last time, as text; what is not UTF-8 shows as U+FFFD. Starts anew. */
  take(): string {
    const head = Buffer.concat(this.#head);
    const tail = this.#tailInOrder();
    const left = this.#total - head.length - tail.length;
    this.#head.length = 0;
    this.#headLength = this.#tailLength = this.#tailEnd = this.#total = 0;
    if (left === 0) return decode(Buffer.concat([head, tail]));
    const [headWhole, tailWhole] = [dropTornEnd(head), dropTornStart(tail)];
    return `${decode(headWhole)}\n… ${left + head.length - headWhole.length + tail.length - tailWhole.length} bytes left out …\n${decode(tailWhole)}`;
  }

  #addTail(bytes: Buffer): void {
    this.#tail ??= Buffer.allocUnsafe(TAIL_BYTES);
    const untilWrap = Math.min(bytes.length, TAIL_BYTES - this.#tailEnd);
    bytes.copy(this.#tail, this.#tailEnd, 0, untilWrap);
    bytes.copy(this.#tail, 0, untilWrap);
    this.#tailEnd = (this.#tailEnd + bytes.length) % TAIL_BYTES;
    this.#tailLength = Math.min(this.#tailLength + bytes.length, TAIL_BYTES);
  }

  #tailInOrder(): Buffer {
    if (this.#tail === undefined) return Buffer.alloc(0);
    if (this.#tailLength < TAIL_BYTES) return this.#tail.subarray(0, this.#tailLength);
    return Buffer.concat([this.#tail.subarray(this.#tailEnd), this.#tail.subarray(0, this.#tailEnd)]);
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function decode(bytes: Buffer): string {
  return decoder.decode(bytes);
}

/** Without a character whose rest was left out. */
function dropTornEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** Without the rest of a character whose beginning was left out. */
export function dropTornStart(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 3 && at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at++;
  return bytes.subarray(at);
}
