import { isInWord } from './edge.ts';
import { type Needle, toNeedles, VALUE_MIN } from './needles.ts';
import type { Span } from './span.ts';
import { openEscape, type View, viewsOf } from './view.ts';

/** How many places the tables have for three characters. */
const SIZE = 1 << 15;
/** Characters of a needle that are looked at first; no needle is shorter. */
const WINDOW = VALUE_MIN;
const BLOCK = 3;
/** JSON and shells write these as they are. */
const PLAIN = /^[\w.+=:@%,~-]*$/;
const BASE64 = /[A-Za-z0-9+/_-]/;

/**
 * The values that are known, and a search for all of them at once (Wu and Manber's): it looks at three characters of a text,
 * and mostly goes on six further. Linear but for texts that repeat the beginning of a needle.
 */
export class ValueIndex {
  readonly #labels = new Map<string, string>();
  readonly #shifts = new Uint8Array(SIZE).fill(WINDOW - BLOCK + 1);
  /** Needles by the three characters that end their window. */
  readonly #ends = new Map<number, Needle[]>();
  /** Needles by their first three characters; their first one and two. */
  readonly #heads = new Map<number, Needle[]>();
  readonly #ones = new Set<number>();
  readonly #twos = new Set<number>();
  #isPlain = true;

  get isEmpty(): boolean { return this.#labels.size === 0; }

  /** @returns false where the value was known */
  add(value: string, label: string): boolean {
    if (this.#labels.has(value)) return false;
    this.#labels.set(value, label);
    if (!PLAIN.test(value)) this.#isPlain = false;
    for (const needle of toNeedles(value, label)) this.#addNeedle(needle);
    return true;
  }

  #addNeedle(needle: Needle): void {
    const { text } = needle;
    if (text.length < WINDOW) return;
    for (let at = BLOCK - 1; at < WINDOW; at++) {
      const place = hash(text, at - BLOCK + 1);
      this.#shifts[place] = Math.min(this.#shifts[place]!, WINDOW - 1 - at);
    }
    push(this.#ends, hash(text, WINDOW - BLOCK), needle);
    push(this.#heads, hash(text, 0), needle);
    this.#ones.add(text.charCodeAt(0));
    this.#twos.add(text.charCodeAt(0) * 0x10000 + text.charCodeAt(1));
  }

  /** Every place where one of the values stands, in whatever spelling. */
  find(text: string, into: Span[]): void {
    if (this.isEmpty || text.length < WINDOW) return;
    this.#search({ text, toSource: (index) => index, toEnd: (index) => index + 1 }, into);
    for (const view of viewsOf(text, this.#isPlain)) this.#search(view, into);
  }

  #search({ text, toSource, toEnd }: View, into: Span[]): void {
    const { length } = text;
    const shifts = this.#shifts;
    for (let last = WINDOW - 1; last < length;) {
      const place = hash(text, last - BLOCK + 1);
      const shift = shifts[place]!;
      if (shift > 0) {
        last += shift;
        continue;
      }
      const found = this.#at(text, last - WINDOW + 1, place);
      last++;
      if (found === undefined) continue;
      let start = last - WINDOW;
      let end = start + found.text.length;
      if (found.before > 0 && BASE64.test(text[start - 1] ?? '')) start--;
      if (found.after > 0 && BASE64.test(text[end] ?? '')) end++;
      into.push({ start: toSource(start), end: toEnd(end - 1), label: found.label, isKnown: true });
    }
  }

  /** The longest needle that stands there. */
  #at(text: string, start: number, place: number): Needle | undefined {
    let found: Needle | undefined;
    for (const needle of this.#ends.get(place) ?? []) {
      if ((found === undefined || needle.text.length > found.text.length) && text.startsWith(needle.text, start)) found = needle;
    }
    return found;
  }

  /**
   * From where on a text may be the beginning of a value that goes on behind its end; its length where nothing may.
   * @param from what stands before has been shown
   */
  openFrom(text: string, from: number): number {
    if (this.isEmpty) return text.length;
    const escape = openEscape(text);
    const whole = escape === 0 ? text : text.slice(0, -escape);
    let open = this.#openFrom(whole, from);
    for (const view of viewsOf(whole, this.#isPlain)) open = Math.min(open, Math.max(from, view.toSource(this.#openFrom(view.text, toView(view, from)))));
    return Math.max(open, from);
  }

  /** What was shown too early, within a word, counts: the rest of that value is not. One encoding may be cut within another. */
  #openFrom(text: string, from: number): number {
    const length = text.length - openEscape(text);
    const whole = length === text.length ? text : text.slice(0, length);
    for (let start = Math.max(0, from - BLOCK + 1); start < length; start++) if (this.#mayBegin(whole, start)) return start;
    return text.length;
  }

  /** One or two characters say too little of what will come to wait for it, unless a word begins with them. */
  #mayBegin(text: string, start: number): boolean {
    const rest = text.length - start;
    if (rest < BLOCK) {
      if (isInWord(text, start)) return false;
      return rest === 1 ? this.#ones.has(text.charCodeAt(start)) : this.#twos.has(text.charCodeAt(start) * 0x10000 + text.charCodeAt(start + 1));
    }
    const needles = this.#heads.get(hash(text, start));
    return needles !== undefined && needles.some((needle) => needle.text.length + needle.after > rest && text.endsWith(needle.text.slice(0, rest)));
  }
}

/** The first place of a view that stands at a place of the text, or behind it. */
function toView({ text, toSource }: View, source: number): number {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (toSource(middle) < source) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hash(text: string, start: number): number {
  return (text.charCodeAt(start) * 961 + text.charCodeAt(start + 1) * 31 + text.charCodeAt(start + 2)) & (SIZE - 1);
}

function push(map: Map<number, Needle[]>, place: number, needle: Needle): void {
  const there = map.get(place);
  if (there === undefined) map.set(place, [needle]);
  else there.push(needle);
}
