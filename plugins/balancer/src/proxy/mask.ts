/** Shorter than this nothing is a key, and would be found where it is none. */
const MIN_LENGTH = 8;
const STAR = 0x2a;

const known = new WeakMap<object, readonly Buffer[]>();

/** The secret part of an account's headers, kept as long as they are. */
export function secretsOf(headers: Readonly<Record<string, string>>): readonly Buffer[] {
  let secrets = known.get(headers);
  if (secrets === undefined) {
    secrets = Object.entries(headers)
      .filter(([name]) => /^(?:authorization|cookie|.*(?:key|token|secret).*)$/.test(name))
      .map(([, value]) => Buffer.from(value.replace(/^\S+ +/, '')))
      .filter(({ length }) => length >= MIN_LENGTH);
    known.set(headers, secrets);
  }
  return secrets;
}

/**
 * Makes stars of an account's key where a vendor, or whoever answers for it, sends it back: the client is not meant to have
 * it. As many as the key has characters, so that lengths stay true. A key that may have begun at the end of a piece is held
 * back until the next one.
 */
export class Mask {
  readonly #secrets: readonly Buffer[];
  #held: Buffer | undefined;

  constructor(secrets: readonly Buffer[]) {
    this.#secrets = secrets;
  }

  push(chunk: Buffer): Buffer {
    if (this.#held !== undefined) {
      const whole = Buffer.concat([this.#held, chunk]);
      this.#held = undefined;
      return this.push(whole);
    }
    let heldFrom = chunk.length;
    for (const secret of this.#secrets) {
      star(chunk, secret);
      heldFrom = Math.min(heldFrom, beginsAt(chunk, secret));
    }
    if (heldFrom === chunk.length) return chunk;
    this.#held = chunk.subarray(heldFrom);
    return chunk.subarray(0, heldFrom);
  }

  /** What was held back. */
  end(): Buffer | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  /** Names and values in turn. */
  headers(raw: string[]): void {
    for (const secret of this.#secrets) {
      const text = secret.toString('latin1');
      for (let index = 1; index < raw.length; index += 2) if (raw[index]!.includes(text)) raw[index] = raw[index]!.replaceAll(text, '*'.repeat(text.length));
    }
  }
}

function star(chunk: Buffer, secret: Buffer): void {
  for (let place = chunk.indexOf(secret); place !== -1; place = chunk.indexOf(secret, place + secret.length)) chunk.fill(STAR, place, place + secret.length);
}

/** Where the end of a chunk may be the beginning of the secret; its length where it is not. */
function beginsAt(chunk: Buffer, secret: Buffer): number {
  const { length } = chunk;
  // No key ends in what lines, objects and texts end in.
  const last = chunk[length - 1];
  if (last === 0x0a || last === 0x7d || last === 0x22) return length;
  for (let place = Math.max(0, length - secret.length + 1); place < length; place++) {
    if (chunk[place] === secret[0] && chunk.compare(secret, 0, length - place, place, length) === 0) return place;
  }
  return length;
}
