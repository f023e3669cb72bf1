import { knowNothing, redactDeep, type TextRedactor } from './deep.ts';
import { findEncoded } from './encoded.ts';
import { findShapes } from './shape-finder.ts';
import { PRIVATE_KEY } from './shapes.ts';
import { mergeSpans, replaceSpans, type Span } from './span.ts';
import { RedactStream } from './stream.ts';
import { VALUE_MIN } from './needles.ts';
import { ValueIndex } from './value-index.ts';

/** What a shell reads as more than a word. */
const SHELL = /[\s;&|<>(){}$`'"\\]/;

/** Puts masks in the place of secrets: of every value that it was told, in whatever spelling, and of all that looks like a key. */
export class Redactor {
  readonly values = new ValueIndex();
  /** Frozen values in which nothing was found, and what was made of the others. */
  #known = knowNothing();
  readonly #onlyKnown: TextRedactor = { redact: (text) => this.redactKnown(text), redactKnown: (text) => this.redactKnown(text) };

  /**
   * From now on this value is hidden.
   * @param guessable whether it is a secret even where it is a word; one that a variable merely holds is not
   * @returns false where it is too short or too common to be hidden
   */
  add(value: string, label: string, { guessable = false }: { guessable?: boolean } = {}): boolean {
    if (value.length < VALUE_MIN || (!guessable && isGuessable(value))) return false;
    if (this.values.add(value, label)) this.#known = knowNothing();
    return true;
  }

  redact(text: string): string {
    if (text.length < VALUE_MIN) return text;
    const spans = this.find(text);
    return spans.length === 0 ? text : replaceSpans(text, spans);
  }

  /** As `redact`, of the values only that it was told. */
  redactKnown(text: string): string {
    const spans: Span[] = [];
    this.values.find(text, spans);
    return spans.length === 0 ? text : replaceSpans(text, mergeSpans(spans, text));
  }

  /** As `redact`, for a person who must decide on a text: whatever could be a command is shown, unless it is a value that is known. */
  redactQuestion(text: string): string {
    const spans: Span[] = [];
    findShapes(text, spans);
    const harmless = spans.flatMap((span) => (span.label === PRIVATE_KEY ? linesOf(span, text) : SHELL.test(text.slice(span.start, span.end)) ? [] : [span]));
    this.values.find(text, harmless);
    return harmless.length === 0 ? text : replaceSpans(text, mergeSpans(harmless, text));
  }

  find(text: string): Span[] {
    const spans: Span[] = [];
    this.values.find(text, spans);
    findShapes(text, spans);
    findEncoded(text, spans);
    return mergeSpans(spans, text);
  }

  /** A copy of a JSON value without secrets; the value itself where there are none. What is frozen is looked at once. */
  redactDeep<T>(value: T): T {
    return redactDeep(value, this, this.#known) as T;
  }

  /** As `redactDeep`, of the values only that it was told: for what was masked before, by one that knew fewer of them. */
  redactKnownDeep<T>(value: T): T {
    return this.values.isEmpty ? value : redactDeep(value, this.#onlyKnown, knowNothing()) as T;
  }

  stream(): RedactStream {
    return new RedactStream(this);
  }
}

/** What is random in a private key: no name of a program, and no path. */
function linesOf({ start, end, label }: Span, text: string): Span[] {
  const runs = [...text.slice(start, end).matchAll(/[A-Za-z0-9+=]{20,}/g)].filter(([run]) => /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run));
  return runs.map(({ index, 0: run }) => ({ start: start + index, end: start + index + run.length, label }));
}

/** Paths, addresses without a password, numbers and short words stand in many texts that mean something else by them. */
export function isGuessable(value: string): boolean {
  if (/^(?:[/~]|\.{1,2}\/|[A-Za-z]:\\)/.test(value) && !/\n/.test(value)) return true;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^\s@]*$/i.test(value)) return true;
  if (/^[\d.,:_-]+$/.test(value)) return value.length < 12;
  if (/^(.)\1*$/.test(value)) return true;
  return value.length < 16 && /^(?:[A-Za-z]?[a-z]+|[A-Z]+)(?:[-_. ](?:[A-Za-z]?[a-z]+|[A-Z]+))*$/.test(value);
}
