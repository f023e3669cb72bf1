import { ANSWER, findBegun, waitFor } from '../answers.ts';

/** What marks pasted text. */
const [START, END] = ['\u001b[200~', '\u001b[201~'];
// oxlint-disable-next-line no-control-regex
const MARKS = /\u001b\[20[01]~/g;
/** More than this in one piece was typed by nobody, nor was text with a line end. */
const TYPED_MAX = 16;
/** Behind the end of a pasted text so much time lies before what was not pasted with it. */
const BURST_MS = 30;
/** So long the end of a pasted text may take: behind it the rest still is pasted, and keys are keys again. */
const PASTE_MS = 1000;
const STALLED_MS = 10_000;
/** So long for an end of what looks pasted, and has no beginning. */
const DOUBT_MS = 100;

/**
 * What comes from the keyboard, in pieces: without what the terminal says by itself, and with pasted text whole. Text that holds the
 * mark of its own end, which not every terminal takes out of it, is pasted up to the last one: nothing in it is a key.
 */
export class KeyStream {
  readonly #onAnswer: (answer: string) => void;
  #held = '';
  #pasted: string | undefined;
  #isDoubtful = false;
  #restUntilMs = -Infinity;

  constructor(onAnswer: (answer: string) => void) {
    this.#onAnswer = onAnswer;
  }

  /** How long to wait for more before `flush`; nothing where nothing is held back. */
  get waitMs(): number | undefined {
    if (this.#pasted !== undefined) return this.#isDoubtful ? DOUBT_MS : PASTE_MS;
    return this.#held === '' ? undefined : waitFor(this.#held);
  }

  /** @returns what is whole */
  push(chunk: string, nowMs: number): string {
    if (this.#pasted !== undefined) return this.#paste(chunk, nowMs);
    const text = this.#withoutAnswers(this.#held + chunk);
    this.#held = '';
    const start = text.indexOf(START);
    const end = text.indexOf(END);
    const isRest = end !== -1 && (start === -1 || end < start);
    if (isRest || (nowMs < this.#restUntilMs && !isTyped(text))) {
      this.#begin({ isDoubtful: true });
      return this.#paste(text, nowMs);
    }
    if (start === -1) return this.#type(text);
    this.#begin({ isDoubtful: false });
    return text.slice(0, start) + this.#paste(text.slice(start + START.length), nowMs);
  }

  /** No more came: what was held back is what it is. */
  flush(nowMs: number): string {
    const [held, pasted] = [this.#held, this.#pasted];
    [this.#held, this.#pasted] = ['', undefined];
    if (pasted === undefined) return held;
    if (!this.#isDoubtful) this.#restUntilMs = nowMs + STALLED_MS;
    return this.#wrap(pasted);
  }

  #begin({ isDoubtful }: { isDoubtful: boolean }): void {
    this.#pasted = '';
    this.#isDoubtful = isDoubtful;
  }

  #paste(text: string, nowMs: number): string {
    const before = this.#pasted!;
    const from = Math.max(0, before.length - END.length);
    const all = before + text;
    const end = all.slice(from).lastIndexOf(END);
    if (end === -1) {
      this.#pasted = all;
      return '';
    }
    const given = this.#wrap(all.slice(0, from + end));
    const rest = this.#withoutAnswers(all.slice(from + end + END.length));
    this.#pasted = undefined;
    this.#restUntilMs = nowMs + BURST_MS;
    if (isTyped(rest)) return given + this.#type(rest);
    this.#begin({ isDoubtful: true });
    this.#pasted = rest;
    return given;
  }

  /** Of an image some terminals paste nothing at all; what merely looks pasted is nothing then. */
  #wrap(given: string): string {
    let text = given;
    while (text.search(MARKS) !== -1) text = text.replaceAll(MARKS, ''); // Taken out, they may leave another one.
    return text === '' && (this.#isDoubtful || given !== '') ? '' : START + text + END;
  }

  #type(text: string): string {
    this.#held = findBegun(text);
    return text.slice(0, text.length - this.#held.length);
  }

  #withoutAnswers(text: string): string {
    return text.replaceAll(ANSWER, (answer) => {
      this.#onAnswer(answer);
      return '';
    });
  }
}

function isTyped(text: string): boolean {
  return text.length - findBegun(text).length <= TYPED_MAX && (text === '\r' || !/[\r\n]/.test(text));
}
