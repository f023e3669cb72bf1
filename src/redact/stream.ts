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
    const more = this.#isCut ? this.#skip(piece) : piece;
    if (more === '') return '';
    this.#held += more;
    return this.#held.length < this.#again ? '' : this.#release(false);
  }

  /** @returns what was held back: nothing more comes */
  end(): string {
    const rest = this.#held === '' ? '' : this.#release(true);
    this.#context = '';
    this.#isCut = false;
    return rest;
  }

  #release(isEnd: boolean): string {
    const from = this.#context.length;
    const text = this.#context + this.#held;
    const spans = this.#redactor.find(text).filter(({ end }) => end > from);
    let open = isEnd ? text.length : Math.min(this.#redactor.values.openFrom(text, from), openShapeFrom(text, from));
    // What was found whole may go on as something else: it is not cut.
    for (const { start, end } of spans) if (start < open && open < end) open = Math.max(from, start);
    const isTooLong = text.length - open > HELD_MAX;
    if (isTooLong) open = text.length;
    const shown = spans.filter(({ end }) => end <= open).map((span) => ({ ...span, start: Math.max(from, span.start) }));
    const last = shown.at(-1)?.end ?? 0;
    this.#isCut = isTooLong && last === text.length;
    this.#held = text.slice(open);
    this.#again = this.#held.length < HELD_SHORT ? 0 : Math.ceil(this.#held.length * 1.25);
    // Nothing of a secret is looked at twice: the rest of one could pass for the beginning of another.
    this.#context = text.slice(Math.max(last, open - CONTEXT_MAX), open);
    return shown.length === 0 ? text.slice(from, open) : replaceSpans(text.slice(0, open), shown).slice(from);
  }

  #skip(piece: string): string {
    const rest = piece.replace(GOES_ON, '');
    if (rest !== '') this.#isCut = false;
    return rest;
  }
}
