/** Shorter than this nothing is a key, and would be found where it is none. */
const MIN_LENGTH = 8;
const STAR = 0x2a;

/** One way in which a secret may stand in a reply. */
interface Form { text: string; bytes: Buffer; /** It may hold what lines, objects and texts end in. */ isOdd: boolean }

/** What is looked for because of an account's headers: the secrets as texts have them, and in what others make of bytes. */
export interface Secrets { length: number; plain: readonly Form[]; all: readonly Form[] }

const known = new WeakMap<object, Secrets>();

/** The secret part of an account's headers, kept as long as they are. */
export function secretsOf(headers: Readonly<Record<string, string>>): Secrets {
  let secrets = known.get(headers);
  if (secrets === undefined) {
    const values = Object.entries(headers)
      .filter(([name]) => /^(?:authorization|cookie|.*(?:key|token|secret).*)$/.test(name))
      .map(([, value]) => value.replace(/^\S+ +/, ''))
      .filter(({ length }) => length >= MIN_LENGTH);
    const plain = toForms(values.flatMap(textForms));
    secrets = { length: values.length, plain, all: [...plain, ...toForms(values.flatMap(byteForms))] };
    known.set(headers, secrets);
  }
  return secrets;
}

const toForms = (texts: readonly string[]): Form[] => [...new Set(texts)].map((text) => ({ text, bytes: Buffer.from(text), isOdd: /[\n}"]/.test(text) }));

/** As it is, and as JSON and addresses have it: with most keys all the same. */
function textForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const address = encodeURIComponent(secret);
  const html = json.replace(/[&<>=+']/g, toEscape);
  return [secret, json, json.replaceAll('/', '\\/'), html, html.replaceAll('/', '\\/'), address, address.replace(/%../g, (escape) => escape.toLowerCase()), address.replaceAll('%20', '+')];
}

/** In base64 at each of the three places that it may have among other bytes, in hex, and with every character escaped. */
function byteForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(Math.ceil(shift * 8 / 6), Math.floor((shift + bytes.length) * 8 / 6)));
  const hex = bytes.toString('hex');
  return [...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')), hex, hex.toUpperCase(), secret.replace(/[^]/g, toEscape)];
}

const toEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Makes stars of an account's key where a vendor, or whoever answers for it, sends it back: the client is not meant to have
 * it. As many as the key has characters there, so that lengths stay true. A key that may have begun at the end of a piece is held
 * back until the next one.
 */
export class Mask {
  readonly #secrets: Secrets;
  /** So much is still to be searched for all forms. */
  #searched: number;
  #held: Buffer | undefined;

  /** @param searchedBytes behind them only what texts have is looked for */
  constructor(secrets: Secrets, { searchedBytes = Infinity }: { searchedBytes?: number } = {}) {
    this.#secrets = secrets;
    this.#searched = searchedBytes;
  }

  push(chunk: Buffer): Buffer {
    if (this.#held !== undefined) {
      const whole = Buffer.concat([this.#held, chunk]);
      this.#held = undefined;
      return this.push(whole);
    }
    let heldFrom = chunk.length;
    for (const form of this.#searched > 0 ? this.#secrets.all : this.#secrets.plain) {
      star(chunk, form.bytes);
      heldFrom = Math.min(heldFrom, beginsAt(chunk, form));
    }
    this.#searched -= heldFrom;
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

  /** Most have none of it, which one look over all of them tells. */
  headers(headers: Record<string, string | string[] | undefined>): void {
    let text = '';
    for (const name in headers) text += `${String(headers[name])}\n`;
    for (const form of this.#secrets.all) {
      if (!text.includes(form.text)) continue;
      for (const name in headers) {
        const value = headers[name];
        headers[name] = Array.isArray(value) ? value.map((each) => starText(each, form)) : value && starText(value, form);
      }
    }
  }
}

const starText = (value: string, { text }: Form): string => value.replaceAll(text, '*'.repeat(text.length));

function star(chunk: Buffer, secret: Buffer): void {
  for (let place = chunk.indexOf(secret); place !== -1; place = chunk.indexOf(secret, place + secret.length)) chunk.fill(STAR, place, place + secret.length);
}

/** Where the end of a chunk may be the beginning of the secret; its length where it is not. */
function beginsAt(chunk: Buffer, { bytes: secret, isOdd }: Form): number {
  const { length } = chunk;
  const last = chunk[length - 1];
  if (!isOdd && (last === 0x0a || last === 0x7d || last === 0x22)) return length;
  for (let place = Math.max(0, length - secret.length + 1); place < length; place++) {
    if (chunk[place] === secret[0] && chunk.compare(secret, 0, length - place, place, length) === 0) return place;
  }
  return length;
}
