import type { Redactor } from './redactor.ts';
import { openShapeFrom } from './shape-finder.ts';
import { replaceSpans } from './span.ts';

/** What was shown last, so that a name is known when its value comes. */
const CONTEXT_MAX = 64;
/** A secret that has no end after so many characters is hidden up to here, and what goes on like it is left out. */
const HELD_MAX = 16_384;
/** From this length on what is held is looked at again only when it is a quarter longer. */
const HELD_SHORT = 256;
const GOES_ON = /^[\w+/=.~%-]+/;

/**
 * Redacts a text that comes in pieces, cut anywhere. Held back is what may be the beginning of a secret: for most pieces
 * nothing.
 */
export class RedactStream {
  readonly #redactor: Redactor;
  #context = '';
  #held = '';
  /** The length from which on the held text is looked at again. */
  #again = 0;
  #isCut = false;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  get isHolding(): boolean { return this.#held !== ''; }

  /** @returns what may be shown by now */
  push(piece: string): string {
    const text = this.#isCut ? this.#skip(piece) : piece;
    if (text === '') return '';
    this.#held += text;
    if (this.#held.length < this.#again) return '';
    return this.#release(this.#openFrom());
  }

  /** @returns what was held back: nothing more comes */
  end(): string {
    const rest = this.#release(this.#context.length + this.#held.length);
    this.#context = '';
    this.#isCut = false;
    return rest;
  }

  /** Where in context and held text that begins which must wait. */
  #openFrom(): number {
    const text = this.#context + this.#held;
    const from = this.#context.length;
    const open = Math.min(this.#redactor.values.openFrom(text, from), openShapeFrom(text, from));
    if (text.length - open <= HELD_MAX) return open;
    this.#isCut = true;
    return text.length;
  }

  #release(upTo: number): string {
    const from = this.#context.length;
    const text = this.#context + this.#held.slice(0, upTo - from);
    this.#held = this.#held.slice(upTo - from);
    this.#again = this.#held.length < HELD_SHORT ? 0 : Math.ceil(this.#held.length * 1.25);
    if (text.length === from) return '';
    const spans = this.#redactor.find(text).filter(({ end }) => end > from).map((span) => ({ ...span, start: Math.max(from, span.start) }));
    const last = spans.at(-1);
    // Nothing of a secret is looked at twice: the rest of one could pass for the beginning of another.
    this.#context = text.slice(Math.max(last?.end ?? 0, text.length - CONTEXT_MAX));
    if (last === undefined) return text.slice(from);
    if (this.#isCut) this.#isCut = last.end === text.length;
    return replaceSpans(text, spans).slice(from);
  }

  #skip(piece: string): string {
    const rest = piece.replace(GOES_ON, '');
    if (rest !== '') this.#isCut = false;
    return rest;
  }
}
